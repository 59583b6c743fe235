import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dayOf } from '../helpers/calendar.ts';
import { createPerson, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { join, put, sharedPocket } from './shared-pocket.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp();
});
afterAll(() => app.stop());

test('says what the pocket, its members and its movements say one by one', async () => {
  const { owner, one, path } = await sharedPocket(app, [100, 200]);
  const viewer = await join(app, owner, path, { role: 'viewer' });
  const rule = { kind: 'recurring', amount: eur(5), every: 'month', day: 1 } as const;
  await app.client.createRule({ as: one, path, body: rule }).expect(201);

  for (const as of [owner, one, viewer]) {
    const { body } = await app.client.getPocketScreen({ as, path }).expect(200);

    const { body: pocket } = await app.client.getPocket({ as, path }).expect(200);
    const { body: members } = await app.client.listPocketMembers({ as, path }).expect(200);
    const { body: movements } = await app.client.listMovements({ as, path }).expect(200);
    const { body: rules } = await app.client.listRules({ as, path }).expect(200);
    expect(rules.items).toHaveLength(as === one ? 1 : 0);
    expect(body).toMatchObject({
      pocket,
      plan: pocket.plan,
      members: { items: members.items, total: 3 },
      movements,
      rules,
    });
  }
});

test('has the first page of the movements, and leads on to the next', async () => {
  const as = await createPerson(app, { wallet: 25 });
  const { body: pocket } = await app.client.createPocket({ as, body: { name: 'Jar', currency: 'EUR' } }).expect(201);
  const path = { pocketId: pocket.id };
  for (let count = 0; count < 21; count++) await put(app, as, path, 1);

  const { body } = await app.client.getPocketScreen({ as, path }).expect(200);

  expect(body.movements.items).toHaveLength(20);
  const { body: rest } = await app.client
    .listMovements({ as, path, query: { cursor: body.movements.nextCursor ?? '' } })
    .expect(200);
  expect(rest.items).toHaveLength(1);
});

describe('the history', () => {
  const day = 86_400_000;

  test('has the balance at the end of each day, from the first to the present one', async () => {
    const as = await createPerson(app, { wallet: 100 });
    const { body: pocket } = await app.client.createPocket({ as, body: { name: 'Jar', currency: 'EUR' } }).expect(201);
    const path = { pocketId: pocket.id };
    const first = dayOf(app.clock.now());
    await put(app, as, path, 5);
    app.clock.advance(2 * day);
    await put(app, as, path, 10);
    await put(app, as, path, 1);

    const { body } = await app.client.getPocketScreen({ as, path }).expect(200);

    expect(body.history).toEqual({
      step: 'day',
      points: [5, 5, 16].map((balanceMinor, index) => ({ day: addDays(first, index), balanceMinor })),
    });
  });

  test.each([
    [199, 'day', 200],
    [200, 'week', 29],
    [1_400, 'month', 47],
    [9_000, 'month', 200],
  ])('after %i days goes by the %s', async (days, step, count) => {
    const as = await createPerson(app, { wallet: 100 });
    const { body: pocket } = await app.client.createPocket({ as, body: { name: 'Jar', currency: 'EUR' } }).expect(201);
    const path = { pocketId: pocket.id };
    await put(app, as, path, 5);
    app.clock.advance(days * day);

    const { body } = await app.client.getPocketScreen({ as, path }).expect(200);

    expect(body.history.step).toBe(step);
    expect(Math.abs(body.history.points.length - count)).toBeLessThanOrEqual(1);
    expect(body.history.points.length).toBeLessThanOrEqual(200);
    expect(body.history.points.at(-1)).toEqual({ day: dayOf(app.clock.now()), balanceMinor: 5 });
  });

  test('of a closed pocket ends on the day of its closing', async () => {
    const as = await createPerson(app);
    const { body: pocket } = await app.client.createPocket({ as, body: { name: 'Jar', currency: 'EUR' } }).expect(201);
    const path = { pocketId: pocket.id };
    const last = dayOf(app.clock.now());
    await app.client.closePocket({ as, path, headers: withKey(), body: {} }).expect(200);
    app.clock.advance(3 * day);

    const { body } = await app.client.getPocketScreen({ as, path }).expect(200);

    expect(body.history.points).toEqual([{ day: last, balanceMinor: 0 }]);
  });

  function addDays(from: string, count: number): string {
    return dayOf(new Date(new Date(`${from}T00:00:00Z`).getTime() + count * day));
  }
});

test('is there for members alone', async () => {
  const { one, path } = await sharedPocket(app, [0, 0]);
  await app.client.deletePocketMember({ as: one, path: { ...path, userId: one.userId } }).expect(200);

  await app.client.getPocketScreen({ as: one, path }).expect(404);
  await app.client.getPocketScreen({ as: await createPerson(app), path }).expect(404);
});
