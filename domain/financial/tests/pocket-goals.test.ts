import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp(new Date('2026-11-22T09:30:00Z'));
});
afterAll(() => app.stop());

const goal = { target: eur(11_000), targetDate: '2027-10-22', monthlyAmount: eur(1_000) };
const named = { name: 'Trip', currency: 'EUR' };

describe('a new pocket', () => {
  test.each(['target', 'targetDate', 'monthlyAmount'] as const)('gets its %s from the two others', async (part) => {
    const as = await createPerson(app);

    const pocket = await createPocket(app, as, { ...goal, [part]: undefined });

    expect(pocket).toMatchObject({ ...goal, derived: part });
    const { body: read } = await app.client.getPocket({ as, path: { pocketId: pocket.id } }).expect(200);
    expect(read).toMatchObject({ ...goal, derived: part });
  });

  test('is judged by what comes in where the amount only followed', async () => {
    const as = await createPerson(app);

    const followed = await createPocket(app, as, { target: goal.target, targetDate: goal.targetDate });
    const meant = await createPocket(app, as, { target: goal.target, monthlyAmount: goal.monthlyAmount });

    expect(followed.plan).toMatchObject({ status: 'behind', paceMinor: 0, neededMinor: 1_000 });
    expect(meant.plan).toMatchObject({ status: 'on_track', paceMinor: 1_000, basis: { pace: 'monthly_amount' } });
  });

  test('counts its opening money', async () => {
    const as = await createPerson(app, { wallet: 500 });

    const { body } = await app.client
      .createPocket({
        as,
        headers: withKey(),
        body: { ...named, target: eur(1_600), targetDate: '2027-10-22', openingAmount: eur(500) },
      })
      .expect(201);

    expect(body).toMatchObject({ monthlyAmount: eur(100), derived: 'monthlyAmount', balance: eur(500) });
  });

  test('takes three parts that agree, and refuses three that do not with what would fit', async () => {
    const as = await createPerson(app);

    const agreed = await createPocket(app, as, goal);
    const { body: problem } = await app.client
      .createPocket({ as, body: { ...named, ...goal, monthlyAmount: eur(400) } })
      .expect(422);

    expect(agreed.derived).toBeNull();
    expect(problem).toMatchObject({
      code: 'plan_inconsistent',
      detail: 'The target asks for 10.00 EUR a month until 2027-10-22.',
      feasible: { monthlyAmount: eur(1_000), target: eur(4_400), targetDate: '2029-03-22' },
    });
    expect((await app.client.listPockets({ as }).expect(200)).body.items).toHaveLength(1);
    for (const fit of [{ monthlyAmount: eur(1_000) }, { target: eur(4_400) }, { targetDate: '2029-03-22' }]) {
      await createPocket(app, as, { ...goal, monthlyAmount: eur(400), ...fit });
    }
  });

  test('has no deadline without a target', async () => {
    const pocket = await createPocket(app, await createPerson(app), { monthlyAmount: eur(5) });

    expect(pocket).toMatchObject({ target: null, targetDate: null, derived: null, plan: { status: 'no_deadline' } });
  });

  test('is the same when asked for again after a month', async () => {
    const slow = await startFinancialApp(new Date('2026-11-22T09:30:00Z'));
    const as = await createPerson(slow);
    const request = { as, headers: withKey(), body: { ...named, ...goal } };
    const { body: first } = await slow.client.createPocket(request).expect(201);
    slow.clock.advance(40 * 86_400_000);

    const again = await slow.client.createPocket(request).expect(201);

    expect(again.body).toEqual(first);
    expect(again.headers['idempotency-replayed']).toBe('true');
    await slow.stop();
  });
});

describe('a change of the goal', () => {
  test('lets the rest follow', async () => {
    const as = await createPerson(app);
    const { id: pocketId } = await createPocket(app, as, { target: goal.target, targetDate: goal.targetDate });
    const change = async (body: object) =>
      (await app.client.updatePocket({ as, path: { pocketId }, body }).expect(200)).body;

    expect(await change({ target: eur(22_000) })).toMatchObject({
      monthlyAmount: eur(2_000),
      derived: 'monthlyAmount',
    });
    expect(await change({ monthlyAmount: eur(1_000) })).toMatchObject({
      targetDate: '2028-09-22',
      derived: 'targetDate',
    });
    expect(await change({ name: 'Winter' })).toMatchObject({ targetDate: '2028-09-22', derived: 'targetDate' });
    expect(await change({ targetDate: null })).toMatchObject({ targetDate: null, derived: null });
    expect(await change({ target: null })).toMatchObject({ target: null, monthlyAmount: eur(1_000), derived: null });
  });

  test('is refused where all three are named and do not agree', async () => {
    const as = await createPerson(app);
    const { id: pocketId } = await createPocket(app, as, goal);

    const { body } = await app.client
      .updatePocket({ as, path: { pocketId }, body: { ...goal, monthlyAmount: eur(999) } })
      .expect(422);

    expect(body).toMatchObject({ code: 'plan_inconsistent', feasible: { monthlyAmount: eur(1_000) } });
    const { body: unchanged } = await app.client.getPocket({ as, path: { pocketId } }).expect(200);
    expect(unchanged).toMatchObject(goal);
  });
});
