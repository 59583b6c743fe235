import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Problem } from '#platform/problem';
import { startStandIn } from '#platform/testing/stand-in';
import { waitFor } from '#platform/testing/wait';
import type { components, operations } from '#openapi/flagship';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { posted, tellPosted } from './rule-world.ts';
import { balanceIn, setPolicy, sharedPocket, tally, take, walletsOf } from './shared-pocket.ts';
import type { Person } from './shared-pocket.ts';
import { balanceOf, savedPocket } from './steps.ts';

type BankTransaction = components['schemas']['Transaction'];

let app: FinancialApp;
let flagship: Awaited<ReturnType<typeof startBank>>;
beforeAll(async () => {
  app = await startFinancialApp(new Date('2026-11-22T09:30:00Z'));
});
beforeEach(async () => {
  flagship = await startBank();
});
afterEach(() => flagship.stop());
afterAll(async () => {
  const faults = await findLedgerFaults(app.owner);
  await app.stop();
  expect(faults).toEqual([]);
});

/** Stands where flagship listens, and knows whose transactions are whose. */
async function startBank() {
  const known = new Map<string, { userId: string; transaction: BankTransaction }>();
  const standIn = await startStandIn<Pick<operations, 'getTransaction'>>({
    name: 'flagship',
    trust: app.trust,
    settings: { port: app.flagshipPort },
    handlers: {
      getTransaction: ({ caller, path }) => {
        const found = known.get(path.transactionId);
        if (found?.userId !== caller.userId) throw new Problem('not_found');
        return { status: 200, body: found.transaction };
      },
    },
  });
  /** Something that the person spent 12.90 on. */
  const spend = ({ userId }: Person, changes: Partial<BankTransaction> = {}): BankTransaction => {
    const id = randomUUID();
    const transaction: BankTransaction = {
      ...{ id, originId: id, accountId: randomUUID(), amount: eur(-1_290), description: 'GREEN GROCER 021' },
      ...{ bookedOn: '2026-11-21', pending: false, category: 'groceries', categoryFrom: 'guess', note: null },
      possibleDuplicate: false,
      ...changes,
    };
    known.set(transaction.id, { userId, transaction });
    return transaction;
  };
  return { ...standIn, spend, forget: (id: string) => known.delete(id) };
}

function cover(as: Person, { id }: { id: string }, { pocketId }: { pocketId: string }, key?: string) {
  return app.client.coverTransaction({ as, path: { transactionId: id }, headers: withKey(key), body: { pocketId } });
}

const coverOf = (as: Person, { id }: { id: string }) => app.client.getCover({ as, path: { transactionId: id } });

const reverse = (as: Person, movementId: string) =>
  app.client.reverseMovement({ as, path: { movementId }, headers: withKey() });

const codeOf = ({ body }: { body: object }) => ('code' in body ? body.code : undefined);

/** What a person's archive holds, by section. */
async function archiveOf(path: Person) {
  const records: Record<string, object[]> = {};
  let cursor: string | null = null;
  do {
    const query: { cursor?: string } = cursor === null ? {} : { cursor };
    const { body } = await app.social.exportPerson({ as: { service: true }, path, query }).expect(200);
    if (body.items.length > 0) (records[body.section] ??= []).push(...body.items);
    cursor = body.nextCursor;
  } while (cursor !== null);
  return records;
}

/** The cover, and the movement that it is. */
async function covered(as: Person, spent: { id: string }, path: { pocketId: string }) {
  const { body } = await cover(as, spent, path).expect(201);
  if (!('movement' in body) || !body.movement) throw new Error('nothing was moved');
  return { ...body, movement: body.movement };
}

describe('covering a transaction', () => {
  test('moves the posted sum from the pocket to the wallet, and either side finds the other', async () => {
    const { as, path } = await savedPocket(app, 5_000);
    const spent = flagship.spend(as);

    const body = await covered(as, spent, path);

    expect(body).toMatchObject({
      transactionId: spent.id,
      ...path,
      status: 'covered',
      amount: eur(1_290),
      refundId: null,
    });
    expect(body.movement).toMatchObject({
      kind: 'withdrawal',
      amount: eur(-1_290),
      source: { type: 'cover', transactionId: spent.id },
    });
    expect(await balanceOf(app, { as, path })).toBe(3_710);
    expect(await walletsOf(app, [as])).toEqual([1_290]);
    const { body: movements } = await app.client.listMovements({ as, path }).expect(200);
    expect(movements.items[0]).toEqual(body.movement);
    expect((await coverOf(as, spent).expect(200)).body).toEqual(body);
  });

  test('happens once, however many ask for it at the same time and under one key or several', async () => {
    const { as, path } = await savedPocket(app, 9_000);
    const other = { pocketId: (await createPocket(app, as)).id };
    await app.client
      .createPocketTransfer({
        as,
        path,
        headers: withKey(),
        body: { toPocketId: other.pocketId, amount: eur(4_500) },
      })
      .expect(201);
    const [one, two] = [flagship.spend(as), flagship.spend(as)];

    const ofSeveral = await Promise.all(
      Array.from({ length: 10 }, (_, turn) => cover(as, one, turn % 2 === 0 ? path : other)),
    );
    const key = randomUUID();
    const ofOne = await Promise.all(Array.from({ length: 10 }, () => cover(as, two, path, key)));
    const replay = await cover(as, two, path, key).expect(201);

    expect(tally(ofSeveral)).toEqual({ 201: 1, 409: 9 });
    expect(new Set(ofSeveral.map(codeOf))).toEqual(new Set([undefined, 'transaction_already_covered']));
    const booked = ofOne.filter(({ status }) => status === 201);
    for (const { body } of booked) expect(body).toEqual(replay.body);
    expect(replay.headers['idempotency-replayed']).toBe('true');
    expect(ofOne.filter(({ status }) => status === 409).map(codeOf)).toEqual(
      Array.from({ length: 10 - booked.length }, () => 'idempotency_in_flight'),
    );
    expect(await walletsOf(app, [as])).toEqual([2 * 1_290]);
    expect((await cover(as, one, other, key).expect(422)).body).toMatchObject({ code: 'idempotency_key_reused' });
  });

  test('happens once also when the bank tells the transaction again under another id', async () => {
    const { as, path } = await savedPocket(app, 5_000);
    const first = flagship.spend(as);
    const again = flagship.spend(as, { originId: first.id });
    const { movement } = await covered(as, first, path);

    const refused = await cover(as, again, path).expect(409);
    const { body: seen } = await coverOf(as, again).expect(200);
    await reverse(as, movement.id).expect(201);
    const { body: reversed } = await coverOf(as, again).expect(200);
    await cover(as, again, path).expect(201);

    expect(codeOf(refused)).toBe('transaction_already_covered');
    expect(seen).toMatchObject({ transactionId: again.id, status: 'covered', movement: { id: movement.id } });
    expect(reversed).toMatchObject({ transactionId: again.id, status: 'reversed' });
    await coverOf(as, flagship.spend(as)).expect(404);
    await coverOf(await createPerson(app), again).expect(404);
    expect(await walletsOf(app, [as])).toEqual([1_290]);
  });

  test('is for what was spent and posted, and for what is the caller’s', async () => {
    const { as, path } = await savedPocket(app, 1_000);
    const stranger = await savedPocket(app, 5_000);
    const spent = flagship.spend(as, { amount: eur(-100) });
    const yen = flagship.spend(as, { amount: { amountMinor: -100, currency: 'JPY' } });

    for (const changes of [{ pending: true }, { amount: eur(100) }, { possibleDuplicate: true }]) {
      const refused = await cover(as, flagship.spend(as, changes), path).expect(409);
      expect(codeOf(refused)).toBe('transaction_not_coverable');
    }
    expect(codeOf(await cover(as, flagship.spend(as), path).expect(409))).toBe('insufficient_funds');
    expect(codeOf(await cover(as, yen, path).expect(422))).toBe('fx_not_supported');
    const foreign = await cover(as, flagship.spend(stranger.as), path).expect(404);
    const missing = await cover(as, { id: randomUUID() }, path).expect(404);
    expect({ ...foreign.body, instance: '' }).toEqual({ ...missing.body, instance: '' });
    await cover(as, spent, stranger.path).expect(404);
    await cover(as, spent, { pocketId: randomUUID() }).expect(404);
    await coverOf(as, spent).expect(404);
    await cover(as, spent, path).expect(201);
    await coverOf(stranger.as, spent).expect(404);
    const keyless = { as, path: { transactionId: spent.id }, headers: {} as ReturnType<typeof withKey>, body: path };
    expect(codeOf(await app.client.coverTransaction(keyless).expect(400))).toBe('idempotency_key_required');
  });

  test('waits for flagship, but repeats an answer without it', async () => {
    const { as, path } = await savedPocket(app, 5_000);
    const [spent, later] = [flagship.spend(as), flagship.spend(as)];
    const key = randomUUID();
    const first = await cover(as, spent, path, key).expect(201);
    flagship.forget(spent.id);
    const withoutIt = await cover(as, spent, path, key).expect(201);
    await flagship.stop();

    const again = await cover(as, spent, path, key).expect(201);
    const refused = await cover(as, later, path).expect(503);

    expect([withoutIt.body, again.body]).toEqual([first.body, first.body]);
    expect(refused.body).toMatchObject({ retryable: true });
    expect(await balanceOf(app, { as, path })).toBe(3_710);
  });
});

describe('a refund', () => {
  test('is named to the cover, which says how the money goes back; then the transaction may be covered anew', async () => {
    const { as, path } = await savedPocket(app, 5_000);
    const spent = flagship.spend(as);
    const other = flagship.spend(as);
    const { movement } = await covered(as, spent, path);
    await covered(as, other, path);
    const elsewhere = posted(app, 1_290);
    const partly = posted(app, 1_000, { accountId: spent.accountId });
    const refund = posted(app, 1_290, { accountId: spent.accountId });

    await tellPosted(app, as, elsewhere, partly, { ...refund, possibleDuplicate: true });
    const before = await coverOf(as, spent).expect(200);
    await tellPosted(app, as, refund);
    await tellPosted(app, as, refund);
    const told = await coverOf(as, spent).expect(200);
    await reverse(as, movement.id).expect(201);
    const reversed = await coverOf(as, spent).expect(200);

    expect(before.body.refundId).toBeNull();
    expect(told.body).toMatchObject({ status: 'covered', refundId: refund.id, reverse: { movementId: movement.id } });
    expect((await coverOf(as, other).expect(200)).body.refundId).toBeNull();
    expect(reversed.body).toMatchObject({ status: 'reversed', reverse: null });
    expect(await balanceOf(app, { as, path })).toBe(3_710);
    await cover(as, spent, path).expect(201);
    expect((await coverOf(as, spent).expect(200)).body).toMatchObject({ status: 'covered', refundId: null });
  });

  test('onto a card is named too, and starts no rule', async () => {
    const { as, path } = await savedPocket(app, 5_000);
    const rule = { kind: 'percent_of_income', percent: 10 } as const;
    await app.client.createRule({ as, path, body: rule }).expect(201);
    const spent = flagship.spend(as);
    await covered(as, spent, path);
    const refund = posted(app, 1_290, { accountId: spent.accountId, kind: 'refund' });

    await tellPosted(app, as, refund);

    expect((await coverOf(as, spent).expect(200)).body.refundId).toBe(refund.id);
    const { body: runs } = await app.client.listPocketRuleRuns({ as, path }).expect(200);
    expect(runs.items).toEqual([]);
    await tellPosted(app, as, posted(app, 1_290, { accountId: spent.accountId }));
    expect((await app.client.listPocketRuleRuns({ as, path }).expect(200)).body.items).toHaveLength(1);
  });

  test('goes back once, and nobody covers in between twice', async () => {
    const { as, path } = await savedPocket(app, 5_000);
    const spent = flagship.spend(as);
    const { movement } = await covered(as, spent, path);

    const reversals = await Promise.all([1, 2, 3].map(() => reverse(as, movement.id)));
    const covers = await Promise.all([1, 2, 3].map(() => cover(as, spent, path)));

    expect(tally(reversals)).toEqual({ 201: 1, 409: 2 });
    expect(tally(covers)).toEqual({ 201: 1, 409: 2 });
    expect(await balanceOf(app, { as, path })).toBe(3_710);
  });
});

describe('in a shared pocket', () => {
  /** Somebody whose cover another member must agree to. */
  async function asked() {
    const { owner, one, path } = await sharedPocket(app, [2_000, 2_000]);
    await setPolicy(app, owner, path).expect(200);
    const spent = flagship.spend(one);
    const { body } = await cover(one, spent, path).expect(202);
    if (!('approval' in body)) throw new Error('nobody was asked');
    return { owner, one, path, spent, approvalId: body.approval.id };
  }

  test('the others agree first, and the movement they carry out is the cover', async () => {
    const { owner, one, path, spent, approvalId } = await asked();

    const pending = await coverOf(one, spent).expect(200);
    const twice = await cover(one, spent, path).expect(409);
    const { body: executed } = await app.client.approveApproval({ as: owner, path: { approvalId } }).expect(200);

    expect(pending.body).toMatchObject({
      status: 'pending_approval',
      movement: null,
      approvalId,
      amount: eur(1_290),
      reverse: null,
    });
    expect(codeOf(twice)).toBe('transaction_already_covered');
    const { body } = await coverOf(one, spent).expect(200);
    expect(body).toMatchObject({
      status: 'covered',
      movement: { id: executed.movementId, source: { type: 'cover', transactionId: spent.id } },
    });
    expect(await balanceIn(app, owner, path)).toBe(2_710);
    await coverOf(owner, spent).expect(404);
  });

  test('what waits for the others is in the archive of who asked', async () => {
    const { one, owner, path, spent, approvalId } = await asked();

    const [waiting, none] = [await archiveOf(one), await archiveOf(owner)];

    expect(waiting['covers']).toMatchObject([
      { transactionId: spent.id, bankAccountId: spent.accountId, ...path, approvalId, movementId: null, endedAt: null },
    ]);
    expect(waiting['approvals']).toMatchObject([
      { id: approvalId, kind: 'withdrawal', status: 'pending', amountMinor: 1_290 },
    ]);
    expect([none['covers'], none['approvals']]).toEqual([undefined, undefined]);
  });

  test('what they refuse, or who asked takes back, may be covered anew; so may what nobody answered', async () => {
    const refused = await asked();
    const cancelled = await asked();
    const late = await asked();

    await app.client.rejectApproval({ as: refused.owner, path: { approvalId: refused.approvalId } }).expect(200);
    await app.client.cancelApproval({ as: cancelled.one, path: { approvalId: cancelled.approvalId } }).expect(200);
    for (const { one, spent } of [refused, cancelled]) await coverOf(one, spent).expect(404);
    app.clock.advance(8 * 86_400_000);
    await coverOf(late.one, late.spent).expect(404);

    for (const { one, spent, path } of [refused, cancelled, late]) await cover(one, spent, path).expect(202);
    const overdue = { as: late.owner, path: { approvalId: late.approvalId } };
    expect(codeOf(await app.client.approveApproval(overdue).expect(409))).toBe('approval_not_pending');
  });

  test('freezes, locks and roles hold it as they hold a withdrawal', async () => {
    const { owner, one, path } = await sharedPocket(app, [2_000, 2_000]);
    const spent = flagship.spend(one);
    const [staff, decision] = [{ staffId: 'tid:oid' }, { decisionId: randomUUID(), reason: 'Disputed' }];

    await take(app, one, path, 1).expect(403);
    const forbidden = await cover(one, spent, path).expect(403);
    await setPolicy(app, owner, path, { approvals: 0 }).expect(200);
    await app.client.freezePocket({ as: staff, path, body: decision }).expect(200);
    const frozen = await cover(one, spent, path).expect(409);
    await app.client.unfreezePocket({ as: staff, path, body: { ...decision, decisionId: randomUUID() } }).expect(200);
    await app.client.lockPocket({ as: owner, path, body: { delayHours: 1 } }).expect(200);
    const locked = await cover(one, spent, path).expect(409);

    expect([forbidden, frozen, locked].map(codeOf)).toEqual(['forbidden', 'money_frozen', 'pocket_locked']);
  });
});

test('is paid for while the first wallet of the person is made, and neither waits for the other in a circle', async () => {
  const { owner, one, path } = await sharedPocket(app, [2_000, 0]);
  await setPolicy(app, owner, path, { approvals: 0 }).expect(200);
  const withdrawal = await app.owner.connect();
  try {
    await withdrawal.query('begin');
    await withdrawal.query("select ensure_account($1, 'wallet', 'EUR')", [one.userId]);
    const answer = cover(one, flagship.spend(one), path);
    await waitFor('the cover to wait', async () => {
      const { rowCount } = await app.owner.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      return rowCount === 1;
    });
    await withdrawal.query('select lock_accounts(array[$1::uuid])', [path.pocketId]);
    await withdrawal.query('commit');

    expect((await answer).status).toBe(201);
  } finally {
    await withdrawal.query('rollback');
    withdrawal.release();
  }
});

test('a person who has covered something can be erased, and their pocket keeps its history', async () => {
  const { as, path } = await savedPocket(app, 1_290);
  const friend = await createPerson(app);
  const spent = flagship.spend(as);
  await covered(as, spent, path);
  await app.client.createContribution({ as, path, headers: withKey(), body: { amount: eur(1_290) } }).expect(201);
  await take(app, as, path, 1_290).expect(201);
  await app.owner.query(
    `select book('opening_balance', $1, 'seed', null, now(), array[find_account($1, 'wallet', 'EUR'),
    ensure_account(house(), 'clearing', 'EUR')], array[-1290, 1290]::bigint[])`,
    [as.userId],
  );

  await app.social.erasePerson({ as: { service: true }, path: as, body: { pseudonym: randomUUID() } }).expect(204);

  await coverOf(as, spent).expect(404);
  await coverOf(friend, spent).expect(404);
});
