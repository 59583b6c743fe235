import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { balanceOf, savedPocket } from './steps.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp();
});
afterAll(async () => {
  const faults = await findLedgerFaults(app.owner);
  await app.stop();
  expect(faults).toEqual([]);
});

describe('contributing and withdrawing', () => {
  test('moves money between wallet and pocket at once', async () => {
    const as = await createPerson(app, { wallet: 1_000 });
    const path = { pocketId: (await createPocket(app, as)).id };

    const put = await app.client
      .createContribution({ as, path, headers: withKey(), body: { amount: eur(700), note: 'Birthday' } })
      .expect(201);
    const taken = await app.client
      .createPocketWithdrawal({ as, path, headers: withKey(), body: { amount: eur(200) } })
      .expect(201);

    expect(put.body).toMatchObject({
      kind: 'contribution',
      amount: eur(700),
      balanceAfter: eur(700),
      note: 'Birthday',
    });
    expect(taken.body).toMatchObject({ kind: 'withdrawal', amount: eur(-200), balanceAfter: eur(500), note: null });
    const { body: wallet } = await app.client.getWallet({ as }).expect(200);
    expect(wallet).toEqual({ balances: [eur(500)], available: [eur(500)], pending: [eur(0)] });
    expect(await balanceOf(app, { as, path })).toBe(500);
  });

  test.each([
    ['more than the wallet holds', 'createContribution', eur(101), 409, 'insufficient_funds'],
    ['more than the pocket holds', 'createPocketWithdrawal', eur(1), 409, 'insufficient_funds'],
    ['another currency', 'createContribution', { amountMinor: 1, currency: 'USD' }, 422, 'fx_not_supported'],
    ['another currency back', 'createPocketWithdrawal', { amountMinor: 1, currency: 'USD' }, 422, 'fx_not_supported'],
    ['nothing', 'createContribution', eur(0), 400, 'invalid_request'],
    ['a negative sum', 'createPocketWithdrawal', eur(-5), 400, 'invalid_request'],
    ['a float', 'createContribution', eur(0.5), 400, 'invalid_request'],
    ['2^53 + 1', 'createContribution', eur(2 ** 53 + 2), 400, 'invalid_request'],
  ] as const)('refuses %s and changes nothing', async (_what, operation, amount, status, code) => {
    const as = await createPerson(app, { wallet: 100 });
    const path = { pocketId: (await createPocket(app, as)).id };

    const { body } = await app.client[operation]({ as, path, headers: withKey(), body: { amount } }).expect(status);

    expect(body.code).toBe(code);
    expect((await app.client.getWallet({ as }).expect(200)).body.balances).toEqual([eur(100)]);
    expect(await balanceOf(app, { as, path })).toBe(0);
  });

  test('needs an idempotency key', async () => {
    const { as, path } = await savedPocket(app, 100);

    for (const operation of ['createContribution', 'createPocketWithdrawal'] as const) {
      const { body } = await app.client[operation]({ as, path, body: { amount: eur(1) } }).expect(400);
      expect(body.code).toBe('idempotency_key_required');
    }
    await app.client
      .createContribution({ as, path, headers: withKey('x'.repeat(256)), body: { amount: eur(1) } })
      .expect(400);
  });

  test('refuses a note that is too long and a field that nobody knows', async () => {
    const { as, path } = await savedPocket(app, 100);
    const send = (body: object) =>
      app.client.createPocketWithdrawal({ as, path, headers: withKey(), body: body as never });

    await send({ amount: eur(1), note: 'x'.repeat(201) }).expect(400);
    await send({ amount: { ...eur(1), scale: 2 } }).expect(400);
    await send({}).expect(400);
  });

  test('does not let a pocket grow past the limit', async () => {
    const limit = 1_000_000_000_000;
    const { as, path } = await savedPocket(app, limit);
    await app.owner.query('select book_opening_balance($1)', [
      JSON.stringify({ ownerId: as.userId, amountMinor: 1, currency: 'EUR', source: 'seed', at: new Date() }),
    ]);

    const { body } = await app.client
      .createContribution({ as, path, headers: withKey(), body: { amount: eur(1) } })
      .expect(409);

    expect(body.code).toBe('balance_limit_exceeded');
    expect(await balanceOf(app, { as, path })).toBe(limit);
  });

  test.each([
    ['JPY', 1_250],
    ['KWD', 1_250],
  ])('keeps %s in its own minor units', async (currency, amountMinor) => {
    const as = await createPerson(app, { wallet: amountMinor, currency });
    const path = { pocketId: (await createPocket(app, as, { currency })).id };

    const { body } = await app.client
      .createContribution({ as, path, headers: withKey(), body: { amount: { amountMinor, currency } } })
      .expect(201);

    expect(body.balanceAfter).toEqual({ amountMinor, currency });
  });
});

describe('moving between pockets', () => {
  test('shows the movement on both sides, each naming the other', async () => {
    const { as, path } = await savedPocket(app, 100);
    const other = await createPocket(app, as);

    const { body } = await app.client
      .createPocketTransfer({ as, path, headers: withKey(), body: { toPocketId: other.id, amount: eur(40) } })
      .expect(201);

    expect(body).toMatchObject({ kind: 'transfer', amount: eur(-40), otherPocketId: other.id });
    const { body: there } = await app.client.listMovements({ as, path: { pocketId: other.id } }).expect(200);
    expect(there.items).toMatchObject([
      { id: body.id, kind: 'transfer', amount: eur(40), otherPocketId: path.pocketId },
    ]);
  });

  test('refuses itself, another currency, and a pocket of somebody else', async () => {
    const { as, path } = await savedPocket(app, 100);
    const dollars = await createPocket(app, as, { currency: 'USD' });
    const foreign = await createPocket(app, await createPerson(app));
    const send = (toPocketId: string) =>
      app.client.createPocketTransfer({ as, path, headers: withKey(), body: { toPocketId, amount: eur(1) } });

    expect((await send(path.pocketId).expect(422)).body.code).toBe('same_pocket');
    expect((await send(dollars.id).expect(422)).body.code).toBe('fx_not_supported');
    await send(foreign.id).expect(404);
    await send(randomUUID()).expect(404);
    await send('not-an-id').expect(400);
    expect(await balanceOf(app, { as, path })).toBe(100);
  });
});

test('pages through movements, each once while others are added', async () => {
  const as = await createPerson(app, { wallet: 100 });
  const path = { pocketId: (await createPocket(app, as)).id };
  const put = (sum: number) =>
    app.client.createContribution({ as, path, headers: withKey(), body: { amount: eur(sum) } }).expect(201);
  for (const sum of [1, 2, 3, 4, 5]) await put(sum);

  const seen: number[] = [];
  let cursor: string | null | undefined;
  do {
    const query = cursor === undefined ? { limit: 2 } : { limit: 2, cursor: cursor ?? '' };
    const { body } = await app.client.listMovements({ as, path, query }).expect(200);
    seen.push(...body.items.map(({ amount }) => amount.amountMinor));
    cursor = body.nextCursor;
    await put(9);
  } while (cursor !== null);

  expect(seen).toEqual([5, 4, 3, 2, 1]);
  await app.client.listMovements({ as, path, query: { limit: 101 } }).expect(400);
  await app.client
    .listMovements({ as, path, query: { cursor: Buffer.from('{"seq":"x"}').toString('base64url') } })
    .expect(400);
});
