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

describe('repeating', () => {
  test('gives the same answer for the same key and body, with one effect', async () => {
    const { as, path } = await savedPocket(app, 100);
    const request = { as, path, headers: withKey(), body: { amount: eur(30) } };

    const first = await app.client.createPocketWithdrawal(request).expect(201);
    app.clock.advance(60_000);
    const second = await app.client.createPocketWithdrawal(request).expect(201);

    expect(second.body).toEqual(first.body);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(await balanceOf(app, { as, path })).toBe(70);
  });

  test('refuses the key for another sum, note or pocket', async () => {
    const { as, path } = await savedPocket(app, 100);
    const other = { pocketId: (await createPocket(app, as)).id };
    const headers = withKey();
    await app.client.createPocketWithdrawal({ as, path, headers, body: { amount: eur(30) } }).expect(201);

    for (const request of [
      { as, path, headers, body: { amount: eur(31) } },
      { as, path, headers, body: { amount: eur(30), note: 'x' } },
      { as, path: other, headers, body: { amount: eur(30) } },
    ]) {
      const { body } = await app.client.createPocketWithdrawal(request).expect(422);
      expect(body.code).toBe('idempotency_key_reused');
    }
    expect(await balanceOf(app, { as, path })).toBe(70);
  });

  test('keeps keys apart by person and by operation', async () => {
    const one = await savedPocket(app, 100);
    const two = await savedPocket(app, 100);
    const headers = withKey();

    await app.client.createPocketWithdrawal({ ...one, headers, body: { amount: eur(30) } }).expect(201);
    await app.client.createPocketWithdrawal({ ...two, headers, body: { amount: eur(40) } }).expect(201);
    await app.client.createContribution({ ...one, headers, body: { amount: eur(5) } }).expect(201);

    expect(await balanceOf(app, one)).toBe(75);
    expect(await balanceOf(app, two)).toBe(60);
  });

  test('lets a refused key try again', async () => {
    const { as, path } = await savedPocket(app, 100);
    const request = { as, path, headers: withKey(), body: { amount: eur(1) } };
    const empty = { pocketId: (await createPocket(app, as)).id };
    await app.client.createContribution({ ...request, path: empty }).expect(409);
    await app.client.createPocketWithdrawal({ as, path, headers: withKey(), body: { amount: eur(10) } }).expect(201);

    await app.client.createContribution({ ...request, path: empty }).expect(201);
  });

  test('has one effect for 30 parallel duplicates', async () => {
    const { as, path } = await savedPocket(app, 100);
    const request = { as, path, headers: withKey(), body: { amount: eur(10) } };

    const answers = await Promise.all(Array.from({ length: 30 }, () => app.client.createPocketWithdrawal(request)));

    const ids = new Set<unknown>();
    for (const answer of answers) {
      if (answer.status === 201) ids.add((answer.body as { id: string }).id);
      else expect(answer.body).toMatchObject({ status: 409, code: 'idempotency_in_flight', retryable: true });
    }
    expect(ids.size).toBe(1);
    expect(await balanceOf(app, { as, path })).toBe(90);
  });
});

describe('at the same time', () => {
  test('pays exactly 10 of 50 parallel withdrawals of 10 from 100', async () => {
    const { as, path } = await savedPocket(app, 100);

    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        app.client.createPocketWithdrawal({ as, path, headers: withKey(), body: { amount: eur(10) } }),
      ),
    );

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(40);
    for (const { body } of refused) expect(body).toMatchObject({ code: 'insufficient_funds' });
    expect(await balanceOf(app, { as, path })).toBe(0);
  });

  test('neither loses money nor deadlocks when pockets and wallet trade in a circle', async () => {
    const as = await createPerson(app, { wallet: 300 });
    const one = { pocketId: (await createPocket(app, as)).id };
    const two = { pocketId: (await createPocket(app, as)).id };
    for (const path of [one, two]) {
      await app.client.createContribution({ as, path, headers: withKey(), body: { amount: eur(100) } }).expect(201);
    }
    const rounds = Array.from({ length: 15 }, () => [
      () =>
        app.client.createPocketTransfer({
          as,
          path: one,
          headers: withKey(),
          body: { toPocketId: two.pocketId, amount: eur(3) },
        }),
      () =>
        app.client.createPocketTransfer({
          as,
          path: two,
          headers: withKey(),
          body: { toPocketId: one.pocketId, amount: eur(2) },
        }),
      () => app.client.createPocketWithdrawal({ as, path: two, headers: withKey(), body: { amount: eur(1) } }),
      () => app.client.createContribution({ as, path: one, headers: withKey(), body: { amount: eur(1) } }),
    ]).flat();

    const answers = await Promise.all(rounds.map((send) => send()));

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(await balanceOf(app, { as, path: one })).toBe(100);
    expect(await balanceOf(app, { as, path: two })).toBe(100);
  });

  test('never moves money into a pocket that is being closed', async () => {
    const as = await createPerson(app, { wallet: 100 });
    const path = { pocketId: (await createPocket(app, as)).id };

    const [closed, ...puts] = await Promise.all([
      app.client.closePocket({ as, path, headers: withKey(), body: {} }),
      ...Array.from({ length: 8 }, () =>
        app.client.createContribution({ as, path, headers: withKey(), body: { amount: eur(1) } }),
      ),
    ]);

    const moved = puts.filter(({ status }) => status === 201).length;
    expect(await balanceOf(app, { as, path })).toBe(moved);
    expect(closed.status === 200 ? moved : 0).toBe(0);
  });
});
