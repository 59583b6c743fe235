import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  createPerson,
  createPocket,
  deposit,
  eur,
  linkBankAccount,
  startFinancialApp,
  withKey,
} from './financial-app.ts';
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

async function suspenseOf({ userId }: { userId: string }) {
  const { rows } = await app.owner.query<{ sum: string }>(
    `select coalesce(sum(posted_minor), 0)::text as sum from ledger_account where owner_id = $1 and kind = 'suspense'`,
    [userId],
  );
  return Number(rows[0]?.sum);
}

describe('a deposit', () => {
  test('is recorded with the job that asks flagship, and credits the wallet when it settles', async () => {
    const as = await createPerson(app);

    const transfer = await startTransfer(app, 'createDeposit', as, 5_000);

    expect(transfer).toMatchObject({ direction: 'deposit', status: 'created', amount: eur(5_000), reason: null });
    expect(await walletOf(app, as)).toEqual([0, 0, 0]);
    const { rows: jobs } = await app.process.query<{ payload: unknown }>(
      `select payload from financial_jobs._private_jobs where key = $1`,
      [`requestTransfer:${transfer.id}`],
    );
    expect(jobs).toEqual([{ payload: { transferId: transfer.id } }]);
    await tell(app, transfer.id, 'submitted', 1).expect(200);
    await tell(app, transfer.id, 'processing', 2).expect(200);
    expect(await walletOf(app, as)).toEqual([0, 0, 0]);
    const { body: settled } = await tell(app, transfer.id, 'settled', 3).expect(200);
    expect(settled.status).toBe('settled');
    expect(await walletOf(app, as)).toEqual([5_000, 5_000, 0]);
  });

  test('credits once, however often and in whatever order it is told', async () => {
    const as = await createPerson(app);
    const { id } = await startTransfer(app, 'createDeposit', as, 700);

    await tell(app, id, 'settled', 5).expect(200);
    await Promise.all(Array.from({ length: 12 }, () => tell(app, id, 'settled', 5).expect(200)));
    const { body: old } = await tell(app, id, 'processing', 4).expect(200);
    const { body: repeated } = await tell(app, id, 'settled', 9).expect(200);

    expect(old.status).toBe('settled');
    expect(repeated.status).toBe('settled');
    expect(await walletOf(app, as)).toEqual([700, 700, 0]);
  });

  test('credits once when many tell at the same time', async () => {
    const as = await createPerson(app);
    const { id } = await startTransfer(app, 'createDeposit', as, 700);

    await Promise.all(Array.from({ length: 20 }, (_, index) => tell(app, id, 'settled', index + 1).expect(200)));

    expect(await walletOf(app, as)).toEqual([700, 700, 0]);
  });

  test.each(['failed', 'cancelled'] as const)('leaves nothing behind when it is %s', async (status) => {
    const as = await createPerson(app);
    const { id } = await startTransfer(app, 'createDeposit', as, 700);

    const { body } = await tell(app, id, status, 2, 'bank_said_no').expect(200);
    const { body: problem } = await tell(app, id, 'settled', 3).expect(409);

    expect(body).toMatchObject({ status, reason: 'bank_said_no' });
    expect(problem.code).toBe('illegal_transition');
    expect(await walletOf(app, as)).toEqual([0, 0, 0]);
  });

  test('is reversed when it is returned', async () => {
    const as = await createPerson(app);
    const { id } = await deposit(app, as, 700);

    const { body } = await tell(app, id, 'returned', 2, 'no_consent').expect(200);
    await tell(app, id, 'returned', 2).expect(200);

    expect(body).toMatchObject({ status: 'returned', reason: 'no_consent' });
    expect(await walletOf(app, as)).toEqual([0, 0, 0]);
    expect(await suspenseOf(as)).toBe(0);
    const { rows } = await app.owner.query<{ kind: string; undoes: string | null }>(
      `select booked.kind, original.kind as undoes from ledger_transaction booked
       left join ledger_transaction original on original.id = booked.reverses_id where booked.transfer_id = $1 order by booked.id`,
      [id],
    );
    expect(rows).toEqual([
      { kind: 'deposit', undoes: null },
      { kind: 'return', undoes: 'deposit' },
    ]);
  });

  test('leaves what was spent before its return as a debt of the person, never below zero', async () => {
    const as = await createPerson(app);
    const { id } = await deposit(app, as, 700);
    const path = { pocketId: (await createPocket(app, as)).id };
    await app.client.createContribution({ as, path, headers: withKey(), body: { amount: eur(500) } }).expect(201);
    await startTransfer(app, 'createWalletWithdrawal', as, 50);

    await tell(app, id, 'returned', 2).expect(200);

    expect(await walletOf(app, as)).toEqual([50, 0, 50]);
    expect(await suspenseOf(as)).toBe(-550);
    const { body: summary } = await app.client.getMoneySummary({ as: { staffId: randomUUID() }, path: as }).expect(200);
    expect(summary.suspense).toEqual([eur(-550)]);
  });

  test('that was never told as settled is settled and reversed when it is returned', async () => {
    const as = await createPerson(app);
    const { id } = await startTransfer(app, 'createDeposit', as, 700);

    await tell(app, id, 'returned', 4).expect(200);

    expect(await walletOf(app, as)).toEqual([0, 0, 0]);
  });

  test('must fit into the wallet together with those in flight', async () => {
    const as = await createPerson(app);
    const { accountId } = await linkBankAccount(app, as);
    const send = (amountMinor: number) =>
      app.client.createDeposit({ as, headers: withKey(), body: { accountId, amount: eur(amountMinor) } });

    await send(600_000_000_000).expect(202);
    const { body } = await send(400_000_000_001).expect(409);

    expect(body.code).toBe('balance_limit_exceeded');
  });
});

describe('a withdrawal', () => {
  test('reserves first, and is booked when it settles', async () => {
    const as = await createPerson(app, { wallet: 1_000 });

    const { id } = await startTransfer(app, 'createWalletWithdrawal', as, 400);
    const path = { pocketId: (await createPocket(app, as)).id };

    expect(await walletOf(app, as)).toEqual([1_000, 600, 400]);
    const { body } = await app.client
      .createContribution({ as, path, headers: withKey(), body: { amount: eur(601) } })
      .expect(409);
    expect(body.code).toBe('insufficient_funds');
    await tell(app, id, 'settled', 1).expect(200);
    expect(await walletOf(app, as)).toEqual([600, 600, 0]);
  });

  test('of everything settles to zero', async () => {
    const as = await createPerson(app, { wallet: 1_000 });
    const { id } = await startTransfer(app, 'createWalletWithdrawal', as, 1_000);

    await tell(app, id, 'settled', 1).expect(200);

    expect(await walletOf(app, as)).toEqual([0, 0, 0]);
  });

  test('frees what it reserved when it fails', async () => {
    const as = await createPerson(app, { wallet: 1_000 });
    const { id } = await startTransfer(app, 'createWalletWithdrawal', as, 1_000);

    await tell(app, id, 'failed', 1).expect(200);
    await tell(app, id, 'failed', 1).expect(200);

    expect(await walletOf(app, as)).toEqual([1_000, 1_000, 0]);
  });

  test('brings the money back when it is returned', async () => {
    const as = await createPerson(app, { wallet: 1_000 });
    const { id } = await startTransfer(app, 'createWalletWithdrawal', as, 1_000);
    await tell(app, id, 'settled', 1).expect(200);

    await tell(app, id, 'returned', 2).expect(200);

    expect(await walletOf(app, as)).toEqual([1_000, 1_000, 0]);
  });

  test('returned into a wallet that is full meanwhile is kept for the person', async () => {
    const as = await createPerson(app, { wallet: 1_000 });
    const { id } = await startTransfer(app, 'createWalletWithdrawal', as, 1_000);
    await tell(app, id, 'settled', 1).expect(200);
    await startTransfer(app, 'createDeposit', as, 999_999_999_600);

    await tell(app, id, 'returned', 2).expect(200);

    expect(await walletOf(app, as)).toEqual([400, 400, 0]);
    expect(await suspenseOf(as)).toBe(600);
  });

  test('never reserves more than there is, also in parallel', async () => {
    const as = await createPerson(app, { wallet: 100 });
    const { accountId } = await linkBankAccount(app, as);

    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        app.client.createWalletWithdrawal({ as, headers: withKey(), body: { accountId, amount: eur(10) } }),
      ),
    );

    expect(answers.filter(({ status }) => status === 202)).toHaveLength(10);
    for (const { status, body } of answers)
      if (status !== 202) expect(body).toMatchObject({ code: 'insufficient_funds' });
    expect(await walletOf(app, as)).toEqual([100, 0, 100]);
  });
});
