import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPerson, eur, linkBankAccount, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { startTransfer, tell, walletOf } from './steps.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp();
});
afterAll(async () => {
  const faults = await findLedgerFaults(app.owner);
  await app.stop();
  expect(faults).toEqual([]);
});

describe('starting', () => {
  test.each(['createDeposit', 'createWalletWithdrawal'] as const)(
    '%s repeats its answer for the same key, with one effect',
    async (operation) => {
      const as = await createPerson(app, { wallet: 100 });
      const { accountId } = await linkBankAccount(app, as);
      const request = { as, headers: withKey(), body: { accountId, amount: eur(60) } };

      const answers = await Promise.all(Array.from({ length: 10 }, () => app.client[operation](request)));
      const again = await app.client[operation](request).expect(202);
      const { body: other } = await app.client[operation]({ ...request, body: { accountId, amount: eur(61) } }).expect(
        422,
      );
      const { body: keyless } = await app.client[operation]({ as, body: request.body }).expect(400);

      for (const { status, body } of answers) if (status === 202) expect(body).toEqual(again.body);
      expect(again.headers['idempotency-replayed']).toBe('true');
      expect(other.code).toBe('idempotency_key_reused');
      expect(keyless.code).toBe('idempotency_key_required');
      const { body: list } = await app.client.listTransfers({ as }).expect(200);
      expect(list.items).toHaveLength(1);
    },
  );

  test.each(['createDeposit', 'createWalletWithdrawal'] as const)(
    '%s refuses accounts that are not the person’s or not usable',
    async (operation) => {
      const as = await createPerson(app, { wallet: 100 });
      const foreign = await linkBankAccount(app, await createPerson(app));
      const revoked = await linkBankAccount(app, as, { status: 'revoked' });
      const dollars = await linkBankAccount(app, as, { currency: 'USD' });
      const send = (accountId: string, amount = eur(1)) =>
        app.client[operation]({ as, headers: withKey(), body: { accountId, amount } });

      await send(foreign.accountId).expect(404);
      await send(randomUUID()).expect(404);
      await send('not-an-id').expect(400);
      await send(dollars.accountId, eur(0)).expect(400);
      expect((await send(revoked.accountId).expect(409)).body.code).toBe('bank_account_unavailable');
      expect((await send(dollars.accountId).expect(422)).body.code).toBe('fx_not_supported');
      expect((await app.client.listTransfers({ as }).expect(200)).body.items).toEqual([]);
    },
  );

  test('withdrawing without a wallet is a lack of money', async () => {
    const as = await createPerson(app);
    const { accountId } = await linkBankAccount(app, as);

    const { body } = await app.client
      .createWalletWithdrawal({ as, headers: withKey(), body: { accountId, amount: eur(1) } })
      .expect(409);

    expect(body.code).toBe('insufficient_funds');
  });
});

describe('reading and telling', () => {
  test('lists and shows a person’s own transfers alone, newest first', async () => {
    const as = await createPerson(app);
    const first = await startTransfer(app, 'createDeposit', as, 1);
    app.clock.advance(1_000);
    const second = await startTransfer(app, 'createDeposit', as, 2);
    const stranger = await createPerson(app);

    const page = await app.client.listTransfers({ as, query: { limit: 1 } }).expect(200);
    const next = await app.client
      .listTransfers({ as, query: { limit: 1, cursor: page.body.nextCursor ?? '' } })
      .expect(200);

    expect([...page.body.items, ...next.body.items].map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(next.body.nextCursor).toBeNull();
    expect((await app.client.getTransfer({ as, path: { transferId: first.id } }).expect(200)).body).toEqual(first);
    await app.client.getTransfer({ as: stranger, path: { transferId: first.id } }).expect(404);
    await app.client.getTransfer({ as, path: { transferId: randomUUID() } }).expect(404);
  });

  test.each([
    ['processing', 'submitted'],
    ['submitted', 'unknown'],
    ['settled', 'processing'],
    ['settled', 'failed'],
    ['failed', 'settled'],
    ['cancelled', 'returned'],
    ['returned', 'settled'],
  ] as const)('never goes from %s to %s', async (from, to) => {
    const as = await createPerson(app);
    const { id } = await startTransfer(app, 'createDeposit', as, 10);
    await tell(app, id, from, 1).expect(200);

    const { body } = await tell(app, id, to, 2).expect(409);

    expect(body).toMatchObject({ code: 'illegal_transition', retryable: false });
    expect((await app.client.getTransfer({ as, path: { transferId: id } }).expect(200)).body.status).toBe(from);
  });

  test('takes states from services alone, and only whole ones', async () => {
    const as = await createPerson(app);
    const { id: transferId } = await startTransfer(app, 'createDeposit', as, 10);
    const path = { transferId };
    const send = (body: object) => app.flagship.putTransferState({ as: { service: true }, path, body: body as never });

    await app.client.putTransferState({ as, path, body: { status: 'settled', sequence: 1 } }).expect(403);
    await app.client.putTransferState({ path, body: { status: 'settled', sequence: 1 } }).expect(401);
    await send({ status: 'created', sequence: 1 }).expect(400);
    await send({ status: 'settled' }).expect(400);
    await send({ status: 'settled', sequence: -1 }).expect(400);
    await send({ status: 'settled', sequence: 1.5 }).expect(400);
    await tell(app, randomUUID(), 'settled', 1).expect(404);
    expect(await walletOf(app, as)).toEqual([0, 0, 0]);
  });
});
