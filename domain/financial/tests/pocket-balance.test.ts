import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPerson, createPocket, startFinancialApp } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { put, sharedPocket, take } from './shared-pocket.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp(new Date('2026-01-31T12:00:00Z'));
});
afterAll(() => app.stop());

async function balanceAt(as: { userId: string }, path: { pocketId: string }, at?: Date): Promise<number> {
  const query = at ? { at: at.toISOString() } : {};
  const { body } = await app.client.getPocketBalance({ as, path, query }).expect(200);
  expect(body).toMatchObject({ ...path, at: (at ?? app.clock.now()).toISOString(), balance: { currency: 'EUR' } });
  return body.balance.amountMinor;
}

/** A pocket into which 1, 2, 3, … went, with a withdrawal of 1 after each, hours apart. */
async function movedPocket(count: number) {
  const as = await createPerson(app, { wallet: 1_000 });
  const path = { pocketId: (await createPocket(app, as)).id };
  for (let sum = 1; sum <= count; sum++) {
    app.clock.advance(3_600_000);
    await put(app, as, path, sum);
    app.clock.advance(3_600_000);
    await take(app, as, path, 1).expect(201);
  }
  return { as, path };
}

test('is what the movements until then add up to', async () => {
  const { as, path } = await movedPocket(7);
  const { body } = await app.client.listMovements({ as, path, query: { limit: 100 } }).expect(200);
  const moments = body.items.flatMap(({ createdAt }) =>
    [-1, 0, 1].map((ms) => new Date(new Date(createdAt).getTime() + ms)),
  );

  for (const at of moments) {
    const until = body.items.filter(({ createdAt }) => new Date(createdAt) <= at);
    expect(await balanceAt(as, path, at)).toBe(until.reduce((sum, { amount }) => sum + amount.amountMinor, 0));
  }
  expect(moments).toHaveLength(14 * 3);
});

test('is nothing before the first movement, and what is there now from the last one on', async () => {
  const { as, path } = await movedPocket(2);

  expect(await balanceAt(as, path, new Date('1999-01-01T00:00:00Z'))).toBe(0);
  expect(await balanceAt(as, path)).toBe(1);
  expect(await balanceAt(as, path, new Date('2199-01-01T00:00:00Z'))).toBe(1);
});

test('is in the order of booking, where a clock is behind', async () => {
  const { as, path } = await movedPocket(1);
  const first = app.clock.now();
  app.clock.advance(-600_000);
  await put(app, as, path, 30);
  const { body } = await take(app, as, path, 4).expect(201);
  app.clock.advance(600_000);

  expect(body).toMatchObject({ createdAt: first.toISOString() });
  expect(await balanceAt(as, path, new Date(first.getTime() - 1))).toBe(1);
  expect(await balanceAt(as, path, first)).toBe(26);
});

test('looks at a few entries of many', async () => {
  const { as, path } = await movedPocket(24);
  const client = await app.owner.connect();
  try {
    await client.query('begin');
    await client.query('set local enable_seqscan = off');
    await client.query('select balance_at($1, $2)', [
      path.pocketId,
      new Date(app.clock.now().getTime() - 3 * 3_600_000),
    ]);
    const { rows } = await client.query<{ scans: number }>(
      "select idx_scan::int as scans from pg_stat_xact_user_tables where relname = 'ledger_entry'",
    );

    // Halving 48 entries takes 6 looks and the balance one more; the planner takes a few of its own.
    expect(rows[0]?.scans).toBeLessThan(24);
    expect(await balanceAt(as, path)).toBe((24 * 23) / 2);
  } finally {
    await client.query('rollback');
    client.release();
  }
});

test('is for members alone, and for a moment', async () => {
  const { one, path } = await sharedPocket(app, [10, 20]);
  expect(await balanceAt(one, path)).toBe(30);
  await app.client.deletePocketMember({ as: one, path: { ...path, userId: one.userId } }).expect(200);

  await app.client.getPocketBalance({ as: one, path }).expect(404);
  await app.client.getPocketBalance({ as: await createPerson(app), path }).expect(404);
  await app.client.getPocketBalance({ as: one, path, query: { at: 'yesterday' } }).expect(400);
});

test('has no day whose beginning or end another year writes with more or fewer digits', async () => {
  const { as, path } = await movedPocket(1);

  for (const at of ['0001-01-01', '9999-12-31']) {
    const { body } = await app.client.getPocketBalance({ as, path, query: { at } }).expect(400);
    expect(body.code).toBe('invalid_request');
  }
  await app.client.getPocketBalance({ as, path, query: { at: '9999-12-30' } }).expect(200);
});
