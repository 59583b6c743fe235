import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { operations as FlagshipOperations } from '#openapi/flagship';
import type { Caller } from '#platform/caller';
import type { Handlers } from '#platform/contract';
import { Problem } from '#platform/problem';
import { startStandIn } from '#platform/testing/stand-in';
import { createPerson, eur, linkBankAccount, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { startTransfer, tell, walletOf } from './steps.ts';

let app: FinancialApp;

/** Listens where flagship would, and answers what is called off. */
function startFlagship(cancelTransfer: Handlers<Pick<FlagshipOperations, 'cancelTransfer'>, Caller>['cancelTransfer']) {
  return startStandIn<Pick<FlagshipOperations, 'cancelTransfer'>>({
    name: 'flagship',
    trust: app.trust,
    settings: { port: app.flagshipPort },
    handlers: { cancelTransfer },
  });
}

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

describe('calling off', () => {
  type Cancel = Parameters<Parameters<typeof startFlagship>[0]>[0];

  /** Flagship's answer to a cancellation, for the time of one test. */
  async function withFlagship<T>(answer: (call: Cancel) => string, work: () => Promise<T>): Promise<T> {
    const standIn = await startFlagship((call) => {
      const { amount, direction, accountId } = call.body;
      const id = call.path.transferId;
      const status = answer(call) as 'cancelled';
      const rest = {
        sequence: 1,
        reason: 'cancelled_by_person',
        valueDate: null,
        updatedAt: app.clock.now().toISOString(),
      };
      return { status: 200, body: { id, status, amount, direction, accountId, ...rest } };
    });
    try {
      return await work();
    } finally {
      await standIn.stop();
    }
  }

  test('frees what was reserved, once, however often it is asked, and tells the person nothing that they know', async () => {
    const as = await createPerson(app, { wallet: 1_000 });
    const transfer = await startTransfer(app, 'createWalletWithdrawal', as, 400);
    const request = { as, path: { transferId: transfer.id } };

    const replies = await withFlagship(
      () => 'cancelled',
      () => Promise.all(Array.from({ length: 5 }, () => app.client.cancelTransfer(request))),
    );
    const again = await app.client.cancelTransfer(request).expect(200);

    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(again.body).toMatchObject({ id: transfer.id, status: 'cancelled', reason: 'cancelled_by_person' });
    expect(await walletOf(app, as)).toEqual([1_000, 1_000, 0]);
    await tell(app, transfer.id, 'cancelled', 2).expect(200);
    expect(await walletOf(app, as)).toEqual([1_000, 1_000, 0]);
    const { rows } = await app.process.query(
      `select from financial_jobs._private_jobs where payload ->> 'transferId' = $1 and payload::jsonb ? 'noticeId'`,
      [transfer.id],
    );
    expect(rows).toEqual([]);
  });

  test('is too late when the bank says so, or when it has ended meanwhile', async () => {
    const as = await createPerson(app, { wallet: 1_000 });
    const first = await startTransfer(app, 'createWalletWithdrawal', as, 100);
    const second = await startTransfer(app, 'createWalletWithdrawal', as, 100);
    const cancel = (transferId: string) => app.client.cancelTransfer({ as, path: { transferId } });

    const refused = await withFlagship(
      () => {
        throw new Problem('too_late_to_cancel');
      },
      () => cancel(first.id).expect(409),
    );
    await tell(app, second.id, 'settled', 1).expect(200);
    const ended = await cancel(second.id).expect(409);

    for (const { body } of [refused, ended]) expect(body).toMatchObject({ code: 'too_late_to_cancel' });
    expect(await walletOf(app, as)).toEqual([900, 800, 100]);
  });

  test('an account that flagship does not know any more carries nothing out', async () => {
    const as = await createPerson(app);
    const { id } = await startTransfer(app, 'createDeposit', as, 100);

    const { body } = await withFlagship(
      () => {
        throw new Problem('not_found');
      },
      () => app.client.cancelTransfer({ as, path: { transferId: id } }).expect(200),
    );

    expect(body.status).toBe('cancelled');
  });

  test('changes nothing while flagship does not answer, and nothing of another person’s', async () => {
    const as = await createPerson(app, { wallet: 1_000 });
    const { id: transferId } = await startTransfer(app, 'createWalletWithdrawal', as, 400);

    await app.client.cancelTransfer({ as, path: { transferId } }).expect(503);
    await app.client.cancelTransfer({ as: await createPerson(app), path: { transferId } }).expect(404);
    await app.client.cancelTransfer({ as, path: { transferId: randomUUID() } }).expect(404);

    expect(await walletOf(app, as)).toEqual([1_000, 600, 400]);
  });
});

describe('what staff see', () => {
  const staff = { staffId: 'oid-of-ann' };

  test('everybody’s transfers, by state, newest first, with the day the bank counts them on', async () => {
    const [ada, bob] = [await createPerson(app), await createPerson(app)];
    const stalled = [];
    for (const as of [ada, bob]) {
      app.clock.advance(1_000);
      const { id } = await startTransfer(app, 'createDeposit', as, 10);
      await tell(app, id, 'stalled', 2).expect(200);
      stalled.unshift(id);
    }
    app.clock.advance(1_000);
    const { id: settled } = await startTransfer(app, 'createDeposit', ada, 10);
    const body = { status: 'settled', sequence: 1, valueDate: '2026-11-22' } as const;
    await app.flagship.putTransferState({ as: { service: true }, path: { transferId: settled }, body }).expect(200);

    const list = (query: { status?: 'stalled'; limit?: number; cursor?: string }) =>
      app.client.listTransfersForStaff({ as: staff, query }).expect(200);
    const { body: first } = await list({ status: 'stalled', limit: 1 });
    const { body: second } = await list({ status: 'stalled', limit: 1, cursor: first.nextCursor ?? '' });
    const { body: newest } = await list({ limit: 1 });

    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(stalled);
    expect(first.items[0]).toMatchObject({ userId: bob.userId, status: 'stalled', valueDate: null });
    expect(newest.items[0]).toMatchObject({ id: settled, userId: ada.userId, valueDate: '2026-11-22' });
    await app.client.listTransfersForStaff({ as: ada }).expect(403);
    await app.client.listTransfersForStaff({ as: staff, query: { status: 'lost' as never } }).expect(400);
  });

  test('a trial balance that sums to zero, and the entries behind an account', async () => {
    const as = await createPerson(app, { wallet: 700, currency: 'JPY' });
    const { rows } = await app.owner.query<{ id: string }>('select id from ledger_account where owner_id = $1', [
      as.userId,
    ]);
    const path = { ledgerAccountId: rows[0]?.id ?? '' };

    const { body: trial } = await app.client.getTrialBalance({ as: staff }).expect(200);
    const { body: entries } = await app.client.listLedgerEntries({ as: staff, path }).expect(200);

    expect(trial.currencies.every(({ isBalanced, totalMinor }) => isBalanced && totalMinor === 0)).toBe(true);
    expect(trial.currencies.find(({ currency }) => currency === 'JPY')?.kinds).toContainEqual({
      kind: 'wallet',
      accounts: 1,
      balanceMinor: 700,
      reservedMinor: 0,
    });
    expect(entries.account).toMatchObject({ kind: 'wallet', ownerId: as.userId, balanceMinor: 700, entries: 1 });
    expect(entries.items).toMatchObject([
      { seq: 1, amount: { amountMinor: 700, currency: 'JPY' }, balanceAfterMinor: 700 },
    ]);
    expect(entries.nextCursor).toBeNull();
    await app.client.listLedgerEntries({ as: staff, path: { ledgerAccountId: randomUUID() } }).expect(404);
    await app.client.getTrialBalance({ as }).expect(403);
    await app.client.listLedgerEntries({ as, path }).expect(403);
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
