import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { components } from '#openapi/financial';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { balanceIn, sharedPocket, tally } from './shared-pocket.ts';
import { startTransfer, tell, walletOf } from './steps.ts';

type Adjustment = components['schemas']['Adjustment'];

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp();
});
afterAll(async () => {
  const faults = await findLedgerFaults(app.owner);
  await app.stop();
  expect(faults).toEqual([]);
});

const staff = { staffId: 'ops@clync.example' };
const inWallet = ({ userId }: { userId: string }, direction: 'credit' | 'debit', sum: number): Adjustment => ({
  account: 'wallet',
  userId,
  direction,
  against: 'adjustment',
  amount: eur(sum),
});
const book = (
  adjustment: Adjustment,
  decisionId: string = randomUUID(),
  kind: 'adjustment' | 'refund' = 'adjustment',
) => app.client.bookAdjustment({ as: staff, body: { decisionId, reason: 'A fee was taken twice', kind, adjustment } });

test('credits and debits a wallet against the house, and the ledger stays in balance', async () => {
  const as = await createPerson(app, { wallet: 100 });

  const { body } = await book(inWallet(as, 'credit', 25), randomUUID(), 'refund').expect(200);
  await book(inWallet(as, 'debit', 5)).expect(200);

  expect(body).toMatchObject({ kind: 'refund', bookedAt: app.clock.now().toISOString() });
  expect(await walletOf(app, as)).toEqual([120, 120, 0]);
  const { body: trial } = await app.client.getTrialBalance({ as: staff }).expect(200);
  expect(trial.currencies[0]).toMatchObject({ isBalanced: true, totalMinor: 0 });
  expect(trial.currencies[0]?.kinds).toContainEqual(expect.objectContaining({ kind: 'adjustment', balanceMinor: -20 }));
});

test('counts a decision once, also when it comes ten times at once, and refuses it for anything else', async () => {
  const as = await createPerson(app, { wallet: 100 });
  const decisionId = randomUUID();

  const answers = await Promise.all(Array.from({ length: 10 }, () => book(inWallet(as, 'credit', 10), decisionId)));

  expect(tally(answers)).toEqual({ 200: 10 });
  expect(new Set(answers.map(({ body }) => body.transactionId as string)).size).toBe(1);
  expect((await book(inWallet(as, 'credit', 11), decisionId).expect(409)).body.code).toBe('decision_reused');
  expect(await walletOf(app, as)).toEqual([110, 110, 0]);
});

test('takes no more than is available: floors hold, and what a withdrawal has reserved', async () => {
  const as = await createPerson(app, { wallet: 100 });
  await startTransfer(app, 'createWalletWithdrawal', as, 60);

  const refused = await book(inWallet(as, 'debit', 41)).expect(409);
  const answers = await Promise.all(Array.from({ length: 5 }, () => book(inWallet(as, 'debit', 10))));

  expect(refused.body.code).toBe('insufficient_funds');
  expect(tally(answers)).toEqual({ 200: 4, 409: 1 });
  expect(await walletOf(app, as)).toEqual([60, 0, 60]);
});

test('writes off what a person owes after a deposit was returned that was spent already', async () => {
  const as = await createPerson(app);
  const pocketId = (await createPocket(app, as)).id;
  const transfer = await startTransfer(app, 'createDeposit', as, 50);
  await tell(app, transfer.id, 'settled', 1).expect(200);
  await app.client
    .createContribution({ as, path: { pocketId }, headers: withKey(), body: { amount: eur(50) } })
    .expect(201);
  await tell(app, transfer.id, 'returned', 2).expect(200);
  const suspense = async () => (await app.client.getMoneySummary({ as: staff, path: as }).expect(200)).body.suspense;
  const owed = await suspense();

  const writeOff = { account: 'suspense', userId: as.userId, direction: 'credit', against: 'adjustment' } as const;
  await book({ ...writeOff, amount: eur(50) }).expect(200);

  expect(owed).toEqual([eur(-50)]);
  expect(await suspense()).toEqual([]);
});

test("puts a pocket right on one member's share, frozen or not, and shows it as a movement that nobody can reverse", async () => {
  const { one, path } = await sharedPocket(app, [100, 100]);
  await app.client
    .freezePocket({ as: staff, path, body: { decisionId: randomUUID(), reason: 'Disputed' } })
    .expect(200);
  const adjustment = { account: 'pocket', ...one, ...path, direction: 'debit', against: 'adjustment' } as const;

  await book({ ...adjustment, amount: eur(30) }).expect(200);

  expect(await balanceIn(app, one, path)).toBe(170);
  const { body } = await app.client.listMovements({ as: one, path }).expect(200);
  expect(body.items[0]).toMatchObject({
    kind: 'adjustment',
    memberId: one.userId,
    amount: eur(-30),
    source: { type: 'staff' },
  });
  const movementId = body.items[0]?.id ?? '';
  expect(
    (await app.client.reverseMovement({ as: one, path: { movementId }, headers: withKey() }).expect(409)).body.code,
  ).toBe('movement_not_reversible');
});

test('is for those who have money here, in its currency, and for staff', async () => {
  const as = await createPerson(app, { wallet: 10 });
  const stranger = { userId: randomUUID() };
  const pocketId = (await createPocket(app, as)).id;
  const inPocket = { account: 'pocket', pocketId, direction: 'credit', against: 'adjustment' } as const;

  await book(inWallet(stranger, 'credit', 10)).expect(404);
  await book({ ...inPocket, ...stranger, amount: eur(1) }).expect(404);
  await book({ ...inPocket, ...as, amount: { amountMinor: 1, currency: 'JPY' } }).expect(422);
  await book(inWallet(as, 'credit', 0)).expect(400);
  const body = {
    decisionId: randomUUID(),
    reason: 'x',
    kind: 'refund',
    adjustment: inWallet(as, 'credit', 1),
  } as const;
  await app.client.bookAdjustment({ as, body }).expect(403);
  await app.flagship.bookAdjustment({ as: { service: true }, body }).expect(403);

  expect(await walletOf(app, as)).toEqual([10, 10, 0]);
});
