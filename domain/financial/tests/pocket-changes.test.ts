import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp(new Date('2026-11-22T09:30:00Z'));
});
afterAll(() => app.stop());

describe('changing', () => {
  test('changes what is named and takes goals away', async () => {
    const as = await createPerson(app);
    const pocket = await createPocket(app, as, { target: eur(500), targetDate: '2027-01-31', monthlyAmount: eur(250) });

    const { body } = await app.client
      .updatePocket({
        as,
        path: { pocketId: pocket.id },
        body: { name: 'Winter', target: null, monthlyAmount: eur(70) },
      })
      .expect(200);

    expect(body).toMatchObject({
      name: 'Winter',
      target: null,
      percent: null,
      targetDate: '2027-01-31',
      monthlyAmount: eur(70),
    });
    expect(body.plan).toMatchObject({ status: 'no_deadline', paceMinor: 70, neededMinor: null });
  });

  test('refuses a change made on an older version, but not for a contribution in between', async () => {
    const as = await createPerson(app, { wallet: 100 });
    const path = { pocketId: (await createPocket(app, as)).id };
    const { headers: read } = await app.client.getPocket({ as, path }).expect(200);
    await app.client.createContribution({ as, path, headers: withKey(), body: { amount: eur(1) } }).expect(201);
    const onRead = { 'If-Match': read['etag'] ?? '' };

    await app.client.updatePocket({ as, path, headers: onRead, body: { name: 'First' } }).expect(200);
    const { body: stale } = await app.client
      .updatePocket({ as, path, headers: onRead, body: { name: 'Second' } })
      .expect(412);

    expect(stale.code).toBe('precondition_failed');
    expect((await app.client.getPocket({ as, path }).expect(200)).body.name).toBe('First');
  });

  test('lets one of many changes on the same version through', async () => {
    const as = await createPerson(app);
    const path = { pocketId: (await createPocket(app, as)).id };
    const { headers: read } = await app.client.getPocket({ as, path }).expect(200);
    const headers = { 'If-Match': read['etag'] ?? '' };

    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        app.client.updatePocket({ as, path, headers, body: { name: `n${String(index)}` } }),
      ),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412, 412, 412, 412]);
  });

  test.each([
    ['nothing', {}, 400],
    ['a null name', { name: null }, 400],
    ['the currency', { currency: 'USD' }, 400],
    ['a past date', { targetDate: '2026-11-21' }, 422],
    ['a target in another currency', { target: { amountMinor: 1, currency: 'USD' } }, 422],
  ] as const)('refuses to change %s', async (_what, body, status) => {
    const as = await createPerson(app);
    const pocket = await createPocket(app, as);

    await app.client.updatePocket({ as, path: { pocketId: pocket.id }, body: body as never }).expect(status);

    expect((await app.client.getPocket({ as, path: { pocketId: pocket.id } }).expect(200)).body.name).toBe('Trip');
  });
});

describe('closing', () => {
  test('closes an empty pocket, which then takes no money and no changes', async () => {
    const as = await createPerson(app, { wallet: 100 });
    const path = { pocketId: (await createPocket(app, as)).id };

    const { body } = await app.client.closePocket({ as, path, headers: withKey(), body: {} }).expect(200);

    expect(body).toMatchObject({ status: 'closed', plan: { status: 'closed', paceMinor: 0 } });
    expect(body.closedAt).not.toBeNull();
    const refused = await app.client
      .createContribution({ as, path, headers: withKey(), body: { amount: eur(1) } })
      .expect(409);
    expect(refused.body.code).toBe('pocket_closed');
    await app.client.updatePocket({ as, path, body: { name: 'Again' } }).expect(409);
    await app.client.closePocket({ as, path, headers: withKey(), body: {} }).expect(409);
    expect((await app.client.listPockets({ as }).expect(200)).body.items).toEqual([]);
    expect((await app.client.listPockets({ as, query: { status: 'closed' } }).expect(200)).body.items).toHaveLength(1);
  });

  test('moves the balance to another pocket only when told to', async () => {
    const as = await createPerson(app, { wallet: 100 });
    const path = { pocketId: (await createPocket(app, as)).id };
    const other = await createPocket(app, as, { name: 'Other' });
    await app.client.createContribution({ as, path, headers: withKey(), body: { amount: eur(60) } }).expect(201);
    const key = withKey();

    const { body: refused } = await app.client.closePocket({ as, path, headers: withKey(), body: {} }).expect(409);
    const { body: closed } = await app.client
      .closePocket({ as, path, headers: key, body: { sweepToPocketId: other.id } })
      .expect(200);
    const replay = await app.client
      .closePocket({ as, path, headers: key, body: { sweepToPocketId: other.id } })
      .expect(200);

    expect(refused.code).toBe('pocket_not_empty');
    expect(closed.balance).toEqual(eur(0));
    expect(replay.body).toEqual(closed);
    expect(replay.headers['idempotency-replayed']).toBe('true');
    expect((await app.client.getPocket({ as, path: { pocketId: other.id } }).expect(200)).body.balance).toEqual(
      eur(60),
    );
  });

  test('does not sweep into another currency, into itself, or to somebody else', async () => {
    const as = await createPerson(app, { wallet: 100 });
    const path = { pocketId: (await createPocket(app, as)).id };
    await app.client.createContribution({ as, path, headers: withKey(), body: { amount: eur(60) } }).expect(201);
    const dollars = await createPocket(app, as, { currency: 'USD' });
    const foreign = await createPocket(app, await createPerson(app));

    const sweep = (sweepToPocketId: string) =>
      app.client.closePocket({ as, path, headers: withKey(), body: { sweepToPocketId } });

    expect((await sweep(dollars.id).expect(422)).body.code).toBe('fx_not_supported');
    expect((await sweep(path.pocketId).expect(422)).body.code).toBe('same_pocket');
    await sweep(foreign.id).expect(404);
    expect((await app.client.getPocket({ as, path }).expect(200)).body).toMatchObject({
      status: 'open',
      balance: eur(60),
    });
  });
});
