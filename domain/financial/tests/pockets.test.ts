import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { components } from '#openapi/financial';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { balanceIn, setPolicy, sharedPocket, tally } from './shared-pocket.ts';
import type { Person } from './shared-pocket.ts';

/** A pocket to be opened with money. */
function opening(openingAmount: components['schemas']['OpeningAmount']) {
  return { name: 'Start', currency: 'EUR', openingAmount };
}

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp(new Date('2026-11-22T09:30:00Z'));
});
afterAll(() => app.stop());

describe('creating', () => {
  test('opens an empty pocket with its plan', async () => {
    const as = await createPerson(app);

    const { body, headers } = await app.client
      .createPocket({
        as,
        body: { name: 'Trip', emoji: '🏖️', currency: 'EUR', target: eur(120_000), targetDate: '2027-11-22' },
      })
      .expect(201);

    expect(body).toMatchObject({
      name: 'Trip',
      emoji: '🏖️',
      balance: eur(0),
      target: eur(120_000),
      targetDate: '2027-11-22',
      percent: 0,
      visibility: 'private',
      status: 'open',
      viewerRole: 'owner',
      plan: { status: 'behind', paceMinor: 0, neededMinor: 10_000, catchUpMinor: 120_000, projectedDate: null },
    });
    expect(headers['etag']).toBeDefined();
    const { body: read } = await app.client.getPocket({ as, path: { pocketId: body.id } }).expect(200);
    expect(read).toEqual(body);
  });

  test('takes opening money out of the wallet', async () => {
    const as = await createPerson(app, { wallet: 5_000 });

    const pocket = await app.client
      .createPocket({
        as,
        headers: withKey(),
        body: { name: 'Start', currency: 'EUR', target: eur(4_000), openingAmount: eur(3_000) },
      })
      .expect(201);

    expect(pocket.body).toMatchObject({ balance: eur(3_000), percent: 75, plan: { paceMinor: 0 } });
    const { body: movements } = await app.client.listMovements({ as, path: { pocketId: pocket.body.id } }).expect(200);
    expect(movements.items).toMatchObject([{ kind: 'opening', amount: eur(3_000), source: { type: 'person' } }]);
    const { body: wallet } = await app.client.getWallet({ as }).expect(200);
    expect(wallet.balances).toEqual([eur(2_000)]);
  });

  test('takes opening money out of another pocket, which both sides tell', async () => {
    const as = await createPerson(app, { wallet: 5_000 });
    const from = (await app.client.createPocket({ as, headers: withKey(), body: opening(eur(5_000)) }).expect(201))
      .body;
    const source = { type: 'pocket' as const, pocketId: from.id };
    const headers = withKey();
    const body = opening({ ...eur(3_000), source });

    const { body: pocket } = await app.client.createPocket({ as, headers, body }).expect(201);
    const { body: again } = await app.client.createPocket({ as, headers, body }).expect(201);

    expect(again).toEqual(pocket);
    expect(pocket).toMatchObject({ balance: eur(3_000), plan: { paceMinor: 0 } });
    const sides = await Promise.all(
      [pocket.id, from.id].map(async (pocketId) => {
        const { body: movements } = await app.client.listMovements({ as, path: { pocketId } }).expect(200);
        return movements.items[0];
      }),
    );
    expect(sides).toMatchObject([
      { kind: 'opening', amount: eur(3_000), otherPocketId: from.id },
      { kind: 'opening', amount: eur(-3_000), balanceAfter: eur(2_000), otherPocketId: pocket.id },
    ]);
    expect(await findLedgerFaults(app.owner)).toEqual([]);
  });

  test('takes opening money from where the caller may take it, and nobody else must agree', async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 100]);
    const stranger = await createPerson(app);
    const yen = await createPerson(app, { wallet: 100, currency: 'JPY' });
    const jpy = { pocketId: (await createPocket(app, yen, { currency: 'JPY' })).id };
    const open = (as: Person, { pocketId }: { pocketId: string }, sum: number) =>
      app.client.createPocket({
        as,
        headers: withKey(),
        body: opening({ ...eur(sum), source: { type: 'pocket', pocketId } }),
      });
    await setPolicy(app, owner, path, { who: 'owner', approvals: 1, aboveMinor: 50 }).expect(200);

    expect((await open(one, path, 10).expect(403)).body).toMatchObject({ code: 'forbidden' });
    expect((await open(owner, path, 51).expect(409)).body).toMatchObject({ code: 'approval_needed' });
    expect((await open(owner, path, 201).expect(409)).body).toMatchObject({ code: 'insufficient_funds' });
    await open(stranger, path, 10).expect(404);
    await open(owner, { pocketId: randomUUID() }, 10).expect(404);
    expect((await open(yen, jpy, 10).expect(422)).body).toMatchObject({ code: 'fx_not_supported' });
    await open(owner, path, 50).expect(201);
    await app.client.lockPocket({ as: owner, path, body: { delayHours: 1 } }).expect(200);
    expect((await open(owner, path, 1).expect(409)).body).toMatchObject({ code: 'pocket_locked' });
    expect(await balanceIn(app, owner, path)).toBe(150);
  });

  test('opens one pocket with what ten want at the same time', async () => {
    const as = await createPerson(app, { wallet: 100 });
    const from = (await app.client.createPocket({ as, headers: withKey(), body: opening(eur(100)) }).expect(201)).body;
    const body = opening({ ...eur(60), source: { type: 'pocket', pocketId: from.id } });

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => app.client.createPocket({ as, headers: withKey(), body })),
    );

    expect(tally(answers)).toEqual({ 201: 1, 409: 9 });
    expect(await balanceIn(app, as, { pocketId: from.id })).toBe(40);
  });

  test('asks for a key when opening money moves, and for the money', async () => {
    const as = await createPerson(app, { wallet: 100 });
    const body = { name: 'Start', currency: 'EUR', openingAmount: eur(101) };

    const { body: keyless } = await app.client.createPocket({ as, body }).expect(400);
    const { body: poor } = await app.client.createPocket({ as, headers: withKey(), body }).expect(409);

    expect(keyless.code).toBe('idempotency_key_required');
    expect(poor.code).toBe('insufficient_funds');
    const { body: list } = await app.client.listPockets({ as }).expect(200);
    expect(list.items).toEqual([]);
  });

  test('gives the same pocket for the same key, and refuses another body', async () => {
    const as = await createPerson(app);
    const headers = withKey();
    const first = await app.client.createPocket({ as, headers, body: { name: 'Once', currency: 'EUR' } }).expect(201);
    app.clock.advance(1_000);

    const second = await app.client.createPocket({ as, headers, body: { name: 'Once', currency: 'EUR' } }).expect(201);
    const { body: other } = await app.client
      .createPocket({ as, headers, body: { name: 'Twice', currency: 'EUR' } })
      .expect(422);

    expect(second.body).toEqual(first.body);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(other.code).toBe('idempotency_key_reused');
  });

  test.each([
    ['no name', { currency: 'EUR' }],
    ['a blank name', { name: '  ', currency: 'EUR' }],
    ['a long name', { name: 'x'.repeat(81), currency: 'EUR' }],
    ['a NUL in the name', { name: 'a\0b', currency: 'EUR' }],
    ['an unknown field', { name: 'Trip', currency: 'EUR', colour: 'red' }],
    ['a currency in small letters', { name: 'Trip', currency: 'eur' }],
    ['a target of nothing', { name: 'Trip', currency: 'EUR', target: eur(0) }],
    ['a negative target', { name: 'Trip', currency: 'EUR', target: eur(-1) }],
    ['a float', { name: 'Trip', currency: 'EUR', target: eur(1.5) }],
    ['a sum as text', { name: 'Trip', currency: 'EUR', target: { amountMinor: '1', currency: 'EUR' } }],
    ['a sum above the limit', { name: 'Trip', currency: 'EUR', target: eur(1_000_000_000_001) }],
    ['a day that does not exist', { name: 'Trip', currency: 'EUR', targetDate: '2027-02-30' }],
    ['a date with a time', { name: 'Trip', currency: 'EUR', targetDate: '2027-02-03T00:00:00Z' }],
    ['an unknown visibility', { name: 'Trip', currency: 'EUR', visibility: 'everybody' }],
  ])('refuses %s', async (_what, body) => {
    const as = await createPerson(app);

    const { body: problem } = await app.client.createPocket({ as, body: body as never }).expect(400);

    expect(['invalid_request', 'malformed_body']).toContain(problem.code);
    expect((await app.client.listPockets({ as }).expect(200)).body.items).toEqual([]);
  });

  test.each([
    ['a currency that is none', { name: 'Trip', currency: 'QQQ' }, 'currency_unknown'],
    [
      'a target in another currency',
      { name: 'Trip', currency: 'EUR', target: { amountMinor: 1, currency: 'USD' } },
      'currency_mismatch',
    ],
    [
      'a monthly amount in another currency',
      { name: 'Trip', currency: 'EUR', monthlyAmount: { amountMinor: 1, currency: 'USD' } },
      'currency_mismatch',
    ],
    [
      'opening money in another currency',
      { name: 'Trip', currency: 'EUR', openingAmount: { amountMinor: 1, currency: 'USD' } },
      'fx_not_supported',
    ],
    ['a date of today', { name: 'Trip', currency: 'EUR', targetDate: '2026-11-22' }, 'target_date_passed'],
  ])('refuses %s', async (_what, body, code) => {
    const as = await createPerson(app, { wallet: 100 });

    const { body: problem } = await app.client.createPocket({ as, headers: withKey(), body }).expect(422);

    expect(problem.code).toBe(code);
  });
});

describe('reading', () => {
  test('lists newest first in pages, each pocket once while others are opened', async () => {
    const as = await createPerson(app);
    for (const name of ['one', 'two', 'three']) {
      app.clock.advance(1_000);
      await createPocket(app, as, { name });
    }

    const first = await app.client.listPockets({ as, query: { limit: 2 } }).expect(200);
    app.clock.advance(1_000);
    await createPocket(app, as, { name: 'four' });
    const second = await app.client
      .listPockets({ as, query: { limit: 2, cursor: first.body.nextCursor ?? '' } })
      .expect(200);

    expect([...first.body.items, ...second.body.items].map(({ name }) => name)).toEqual(['three', 'two', 'one']);
    expect(second.body.nextCursor).toBeNull();
  });

  test.each([
    '',
    'nonsense',
    Buffer.from('{"id":"x"}').toString('base64url'),
    Buffer.from('{"createdAt":"x","id":"y"}').toString('base64url'),
  ])('refuses the cursor "%s"', async (cursor) => {
    const as = await createPerson(app);

    await app.client.listPockets({ as, query: { cursor } }).expect(400);
  });

  test('answers the same for a pocket of somebody else as for none', async () => {
    const pocket = await createPocket(app, await createPerson(app));
    const stranger = await createPerson(app, { wallet: 100 });

    for (const pocketId of [pocket.id, randomUUID()]) {
      const path = { pocketId };
      const request = { as: stranger, path, headers: withKey(), body: { amount: eur(1) } };
      await app.client.getPocket({ as: stranger, path }).expect(404);
      await app.client.updatePocket({ as: stranger, path, body: { name: 'Mine' } }).expect(404);
      await app.client.closePocket({ as: stranger, path, headers: withKey(), body: {} }).expect(404);
      await app.client.listMovements({ as: stranger, path }).expect(404);
      await app.client.createContribution(request).expect(404);
      await app.client.createPocketWithdrawal(request).expect(404);
    }
  });

  test('answers 304 until the pocket changes', async () => {
    const as = await createPerson(app, { wallet: 100 });
    const { id: pocketId } = await createPocket(app, as);
    const { headers } = await app.client.getPocket({ as, path: { pocketId } }).expect(200);
    const known = { 'If-None-Match': headers['etag'] ?? '' };

    await app.client.getPocket({ as, path: { pocketId }, headers: known }).expect(304);
    await app.client
      .createContribution({ as, path: { pocketId }, headers: withKey(), body: { amount: eur(1) } })
      .expect(201);
    await app.client.getPocket({ as, path: { pocketId }, headers: known }).expect(200);
  });

  test('needs a token that acts for a person', async () => {
    await app.client.listPockets({}).expect(401);
    await app.client.listPockets({ as: 'not a token' }).expect(401);
    await app.client.listPockets({ as: { service: true } }).expect(403);
    await app.client.listPockets({ as: { staffId: randomUUID() } }).expect(403);
  });
});
