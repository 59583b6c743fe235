import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPerson, createPocket, eur, linkBankAccount, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { ask, balanceIn, join, put, setPolicy, sharedPocket, take, walletsOf } from './shared-pocket.ts';
import type { Person } from './shared-pocket.ts';
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

const staff = { staffId: 'ops@clync.example' };
const decision = (decisionId: string = randomUUID()) => ({ decisionId, reason: 'The account was taken over' });
const freeze = ({ userId }: Person, body = decision()) => app.client.freezeMoney({ as: staff, path: { userId }, body });
const unfreeze = ({ userId }: Person, body = decision()) =>
  app.client.unfreezeMoney({ as: staff, path: { userId }, body });

async function saver() {
  const as = await createPerson(app, { wallet: 200 });
  const path = { pocketId: (await createPocket(app, as)).id };
  await put(app, as, path, 100);
  return { as, path };
}

describe('a person whose money is frozen', () => {
  test('moves none of it by any way, until the freeze is lifted', async () => {
    const { as, path } = await saver();
    const other = (await createPocket(app, as)).id;
    const { accountId } = await linkBankAccount(app, as);
    const headers = withKey();
    const amount = eur(10);
    const { body: movements } = await app.client.listMovements({ as, path }).expect(200);
    const requests = () => [
      app.client.createContribution({ as, path, headers, body: { amount } }),
      app.client.createPocketWithdrawal({ as, path, headers, body: { amount } }),
      app.client.createPocketTransfer({ as, path, headers, body: { amount, toPocketId: other } }),
      app.client.closePocket({ as, path, headers, body: { sweepToPocketId: other } }),
      app.client.reverseMovement({ as, path: { movementId: movements.items[0]?.id ?? '' }, headers }),
      app.client.createPocket({ as, headers, body: { name: 'New', currency: 'EUR', openingAmount: amount } }),
      app.client.createDeposit({ as, headers, body: { accountId, amount } }),
      app.client.createWalletWithdrawal({ as, headers, body: { accountId, amount } }),
    ];
    await freeze(as).expect(200);

    for (const request of requests()) {
      const { status, body } = await request;
      expect([status, body]).toEqual([409, expect.objectContaining({ code: 'money_frozen', retryable: false })]);
    }

    expect(await walletOf(app, as)).toEqual([100, 100, 0]);
    expect(await balanceIn(app, as, path)).toBe(100);
    await unfreeze(as).expect(200);
    await app.client.createContribution({ as, path, headers, body: { amount } }).expect(201);
  });

  test('loses nothing that is under way: it settles, fails and returns as it would have', async () => {
    const as = await createPerson(app, { wallet: 100 });
    const deposit = await startTransfer(app, 'createDeposit', as, 40);
    const paid = await startTransfer(app, 'createWalletWithdrawal', as, 30);
    const failing = await startTransfer(app, 'createWalletWithdrawal', as, 20);
    await freeze(as).expect(200);

    await tell(app, deposit.id, 'settled', 1).expect(200);
    await tell(app, paid.id, 'settled', 1).expect(200);
    await tell(app, failing.id, 'failed', 1).expect(200);
    expect(await walletOf(app, as)).toEqual([110, 110, 0]);
    await tell(app, paid.id, 'returned', 2).expect(200);

    expect(await walletOf(app, as)).toEqual([140, 140, 0]);
  });

  test('does not hold up those who save with them, and leaves no way around by approvals or leaving', async () => {
    const { owner, one, two, path } = await sharedPocket(app, [100, 100, 100]);
    await setPolicy(app, owner, path).expect(200);
    const asked = await ask(app, one, path, 50);
    await freeze(one).expect(200);

    const vote = await app.client.approveApproval({ as: two, path: { approvalId: asked.id } }).expect(409);
    const left = await app.client.deletePocketMember({ as: one, path: { ...path, userId: one.userId } }).expect(409);
    await app.client.deletePocketMember({ as: two, path: { ...path, userId: two.userId } }).expect(200);

    expect([vote.body.code, left.body.code]).toEqual(['money_frozen', 'money_frozen']);
    expect(await walletsOf(app, [one, two])).toEqual([0, 100]);
  });

  test('is told by the decision, which counts once', async () => {
    const { as } = await saver();
    const first = decision();

    const { body } = await freeze(as, first).expect(200);
    const { body: again } = await freeze(as, first).expect(200);
    const { body: another } = await freeze(as).expect(200);

    expect(body).toEqual({ ...first, frozen: true, since: app.clock.now().toISOString() });
    expect([again, another]).toEqual([body, body]);
    expect((await unfreeze(as, first).expect(409)).body.code).toBe('decision_reused');
    expect((await freeze(await createPerson(app), first).expect(409)).body.code).toBe('decision_reused');
    await unfreeze(as).expect(200);
    // An old decision that arrives once more does not bring the freeze back.
    const { body: late } = await freeze(as, first).expect(200);
    expect(late).toEqual({ frozen: false, reason: null, decisionId: null, since: null });
  });

  test('may have no money yet', async () => {
    const as = await createPerson(app);
    await freeze(as).expect(200);
    const { accountId } = await linkBankAccount(app, as);

    const { body } = await app.client
      .createDeposit({ as, headers: withKey(), body: { accountId, amount: eur(10) } })
      .expect(409);

    expect(body.code).toBe('money_frozen');
    const { body: now } = await app.client.getMoneyFreeze({ as: staff, path: as }).expect(200);
    expect(now.frozen).toBe(true);
  });

  test('moves nothing after the answer, whatever was under way with it', async () => {
    const { as, path } = await saver();
    const takes = Promise.all(Array.from({ length: 20 }, () => take(app, as, path, 1)));

    await freeze(as).expect(200);
    const frozen = await balanceIn(app, as, path);
    const answers = await takes;

    const taken = answers.filter(({ status }) => status === 201).length;
    expect(frozen).toBe(100 - taken);
    expect(await balanceIn(app, as, path)).toBe(100 - taken);
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
  });
});

test('a share that an agreed closing pays to somebody whose money is frozen stays frozen in their wallet', async () => {
  const { owner, one, two, path } = await sharedPocket(app, [100, 200, 300]);
  const { accountId } = await linkBankAccount(app, one);
  const { body: asked } = await app.client.closePocket({ as: owner, path, headers: withKey(), body: {} }).expect(202);
  if (!('approval' in asked)) throw new Error('nobody was asked');
  const vote = { path: { approvalId: asked.approval.id } };
  await freeze(one).expect(200);

  await app.client.approveApproval({ as: one, ...vote }).expect(200);
  const { body: done } = await app.client.approveApproval({ as: two, ...vote }).expect(200);

  expect(done.status).toBe('executed');
  expect(await walletsOf(app, [owner, one, two])).toEqual([100, 200, 300]);
  const ways = () => [
    app.client.createWalletWithdrawal({ as: one, headers: withKey(), body: { accountId, amount: eur(10) } }),
    app.client.createPocket({
      as: one,
      headers: withKey(),
      body: { name: 'Out', currency: 'EUR', openingAmount: eur(10) },
    }),
  ];
  for (const way of ways()) expect((await way).body).toMatchObject({ code: 'money_frozen' });
  await createPocket(app, two);
  await unfreeze(one).expect(200);
  for (const way of ways()) expect([201, 202]).toContain((await way).status);
});

test('staff see in the summary of a person what holds their money', async () => {
  const { owner, one, path } = await sharedPocket(app, [100, 100]);
  const summary = async (who: Person) =>
    (await app.client.getMoneySummary({ as: staff, path: { userId: who.userId } }).expect(200)).body.freezes;
  const [ofPocket, ofPerson] = [decision(), decision()];
  const before = await summary(one);
  await app.client.freezePocket({ as: staff, path, body: ofPocket }).expect(200);
  app.clock.advance(1_000);
  await freeze(one, ofPerson).expect(200);

  const pocket = { kind: 'pocket', subjectId: path.pocketId, ...ofPocket };
  expect(before).toEqual([]);
  expect(await summary(owner)).toMatchObject([pocket]);
  expect(await summary(one)).toMatchObject([pocket, { kind: 'person', subjectId: one.userId, ...ofPerson }]);
  await app.client.unfreezePocket({ as: staff, path, body: decision() }).expect(200);
  expect(await summary(one)).toMatchObject([{ kind: 'person' }]);
});

describe('a frozen pocket', () => {
  test('takes and gives nothing, and holds up nothing else', async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 100]);
    const saving = await join(app, owner, path, { wallet: 10 });
    const other = { pocketId: (await createPocket(app, saving)).id };
    await app.client.freezePocket({ as: staff, path, body: decision() }).expect(200);

    const refused = [
      await take(app, owner, path, 10).expect(409),
      await app.client
        .createContribution({ as: saving, path, headers: withKey(), body: { amount: eur(1) } })
        .expect(409),
      await app.client.deletePocketMember({ as: one, path: { ...path, userId: one.userId } }).expect(409),
    ];

    expect(refused.map(({ body }) => body.code)).toEqual(['money_frozen', 'money_frozen', 'money_frozen']);
    await put(app, saving, other, 10);
    await app.client.unfreezePocket({ as: staff, path, body: decision() }).expect(200);
    await take(app, owner, path, 10).expect(201);
  });

  test('is one that exists', async () => {
    const path = { pocketId: randomUUID() };

    await app.client.freezePocket({ as: staff, path, body: decision() }).expect(404);
    await app.client.getPocketFreeze({ as: staff, path }).expect(404);
  });
});

test('only staff freeze, and only with a reason', async () => {
  const { as, path } = await saver();

  await app.client.freezeMoney({ as, path: as, body: decision() }).expect(403);
  await app.flagship.freezePocket({ as: { service: true }, path, body: decision() }).expect(403);
  await freeze(as, { decisionId: randomUUID(), reason: ' ' }).expect(400);
  expect((await app.client.getPocketFreeze({ as: staff, path }).expect(200)).body.frozen).toBe(false);
});

test('a freeze stays on whom it was put when the account is closed', async () => {
  const as = await createPerson(app);
  const pseudonym = randomUUID();
  await createPocket(app, as);
  await freeze(as).expect(200);

  await app.social.erasePerson({ as: { service: true }, path: as, body: { pseudonym } }).expect(204);

  const { rows } = await app.owner.query<{ subject_id: string }>(
    'select subject_id from freeze_decision where subject_id in ($1, $2) union all select subject_id from money_freeze where subject_id in ($1, $2)',
    [as.userId, pseudonym],
  );
  expect(rows).toEqual([{ subject_id: pseudonym }, { subject_id: pseudonym }]);
  await freeze(as).expect(404);
});

test('the phone’s process speaks neither for staff nor for flagship', async () => {
  const { as, path } = await saver();
  const phone = await app.clientOf('bff-mobile');

  const asStaff = await phone.freezePocket({ as: staff, path, body: decision() });
  const asFlagship = await phone.putTransferState({
    as: { service: true },
    path: { transferId: randomUUID() },
    body: { status: 'settled', sequence: 1 },
  });
  const asSocial = await phone.erasePerson({ as: { service: true }, path: as, body: { pseudonym: randomUUID() } });

  for (const { status, body } of [asStaff, asFlagship, asSocial]) {
    expect([status, (body as { code: string }).code]).toEqual([403, 'forbidden']);
  }
  expect((await app.client.getPocketFreeze({ as: staff, path }).expect(200)).body.frozen).toBe(false);
});
