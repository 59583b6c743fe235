import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { ask, balanceIn, join, put, setPolicy, sharedPocket, take, toldOfPocket, walletsOf } from './shared-pocket.ts';
import type { Person } from './shared-pocket.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp();
});
afterAll(async () => {
  const faults = await findLedgerFaults(app.owner);
  await app.stop();
  expect(faults).toEqual([]);
});

const day = 86_400_000;

const approve = (as: Person, { id }: { id: string }) => app.client.approveApproval({ as, path: { approvalId: id } });
const cancel = (as: Person, { id }: { id: string }) => app.client.cancelApproval({ as, path: { approvalId: id } });
const reject = (as: Person, { id }: { id: string }) => app.client.rejectApproval({ as, path: { approvalId: id } });

/** Four people with 100 each in the pocket; two others must agree to more than 50. */
async function guarded() {
  const shared = await sharedPocket(app, [100, 100, 100, 100]);
  await setPolicy(app, shared.owner, shared.path, { approvals: 2, aboveMinor: 50 }).expect(200);
  return shared;
}

describe('a withdrawal above the sum', () => {
  test('moves nothing until enough others have agreed, and then once, to the requester', async () => {
    const { owner, one, two, three, path } = await guarded();

    await take(app, one, path, 50).expect(201);
    const approval = await ask(app, one, path, 150);
    const first = await approve(two, approval).expect(200);
    const untouched = await balanceIn(app, owner, path);
    const second = await approve(three, approval).expect(200);
    const again = await approve(three, approval).expect(200);

    expect(approval).toMatchObject({
      status: 'pending_approval',
      approvals: 0,
      needed: 2,
      amount: eur(150),
      requesterId: one.userId,
    });
    expect(first.body).toMatchObject({ status: 'pending_approval', approvals: 1, viewerVote: 'approve' });
    expect(untouched).toBe(350);
    expect(second.body).toMatchObject({ status: 'executed', approvals: 2 });
    expect(again.body).toEqual(second.body);
    expect(await balanceIn(app, owner, path)).toBe(200);
    expect(await walletsOf(app, [one, two, three])).toEqual([200, 0, 0]);
    const { body: movements } = await app.client.listMovements({ as: owner, path }).expect(200);
    expect(movements.items[0]).toMatchObject({ id: second.body.movementId, memberId: one.userId, amount: eur(-150) });
    expect((await approve(owner, approval).expect(409)).body.code).toBe('approval_not_pending');
  });

  test('is told to those who have a say, and what became of it to who asked', async () => {
    const { owner, one, two, three, path } = await guarded();
    await join(app, owner, path, { role: 'viewer' });
    const [agreed, refused, taken] = [await ask(app, one, path, 60), await ask(app, one, path, 70), await ask(app, one, path, 80)]; // prettier-ignore

    for (const as of [two, three]) await approve(as, agreed).expect(200);
    for (const as of [two, three]) await reject(as, refused).expect(200);
    await cancel(one, taken).expect(200);

    const asked = [owner, two, three].flatMap(({ userId }) => [userId, userId, userId]);
    expect(await toldOfPocket(app, path, 'approval_requested')).toEqual(asked.sort());
    expect(await toldOfPocket(app, path, 'approval_decided')).toEqual([one.userId, one.userId]);
  });

  test('is told at most ten times a day by the same person', async () => {
    const { one, path } = await guarded();
    for (let sum = 60; sum < 72; sum += 1) await ask(app, one, path, sum);

    expect(await toldOfPocket(app, path, 'approval_requested')).toHaveLength(3 * 10);
  });

  test('is asked once under one key', async () => {
    const { one, owner, path } = await guarded();
    const key = crypto.randomUUID();

    const first = await take(app, one, path, 60, key).expect(202);
    const second = await take(app, one, path, 60, key).expect(202);

    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect((await app.client.listApprovals({ as: owner, path }).expect(200)).body.items).toHaveLength(1);
  });

  test("is not the requester's to decide, nor a viewer's, nor a stranger's", async () => {
    const { owner, one, path } = await guarded();
    const viewer = await join(app, owner, path, { role: 'viewer' });
    const stranger = await createPerson(app);
    const approval = await ask(app, one, path, 60);

    for (const decide of [approve, reject]) {
      expect((await decide(one, approval).expect(403)).body.code).toBe('own_approval');
      expect((await decide(viewer, approval).expect(403)).body.code).toBe('forbidden');
      await decide(stranger, approval).expect(404);
    }
    await app.client.listApprovals({ as: stranger, path }).expect(404);
    expect((await app.client.listApprovals({ as: viewer, path }).expect(200)).body.items).toMatchObject([
      { id: approval.id, approvals: 0, viewerVote: null },
    ]);
  });

  test('is rejected as soon as the rest cannot complete it', async () => {
    const { owner, one, two, three, path } = await guarded();
    const approval = await ask(app, one, path, 60);

    const first = await reject(owner, approval).expect(200);
    const second = await reject(two, approval).expect(200);

    expect(first.body).toMatchObject({ status: 'pending_approval', viewerVote: 'reject' });
    expect(second.body.status).toBe('rejected');
    expect((await approve(three, approval).expect(409)).body.code).toBe('approval_not_pending');
    expect(await balanceIn(app, owner, path)).toBe(400);
  });

  test('lets a vote be changed while it is asked', async () => {
    const { owner, one, two, path } = await guarded();
    const approval = await ask(app, one, path, 60);
    await reject(owner, approval).expect(200);

    await approve(owner, approval).expect(200);
    const { body } = await approve(two, approval).expect(200);

    expect(body.status).toBe('executed');
  });

  test('runs out after 7 days', async () => {
    const { owner, one, two, path } = await guarded();
    const approval = await ask(app, one, path, 60);
    await approve(owner, approval).expect(200);
    app.clock.advance(7 * day);

    expect((await approve(two, approval).expect(409)).body.code).toBe('approval_not_pending');
    const { body } = await app.client.listApprovals({ as: one, path }).expect(200);
    expect(body.items).toMatchObject([{ id: approval.id, status: 'expired' }]);
  });

  test('waits while the money is not there, and does not count the vote', async () => {
    const { owner, one, two, three, path } = await guarded();
    const approval = await ask(app, one, path, 400);
    await approve(owner, approval).expect(200);
    await take(app, three, path, 10).expect(201);

    expect((await approve(two, approval).expect(409)).body.code).toBe('insufficient_funds');
    const { body: waiting } = await app.client.listApprovals({ as: two, path }).expect(200);
    await put(app, three, path, 10);
    const { body } = await approve(two, approval).expect(200);

    expect(waiting.items).toMatchObject([{ status: 'pending_approval', approvals: 1, viewerVote: null }]);
    expect(body.status).toBe('executed');
  });

  test('is cancelled when the requester leaves or may no longer withdraw', async () => {
    const { owner, one, two, three, path } = await guarded();
    const ofLeaver = await ask(app, one, path, 60);
    const ofViewer = await ask(app, two, path, 60);
    await app.client.deletePocketMember({ as: one, path: { ...path, userId: one.userId } }).expect(200);
    await app.client
      .updatePocketMember({ as: owner, path: { ...path, userId: two.userId }, body: { role: 'viewer' } })
      .expect(200);

    for (const approval of [ofLeaver, ofViewer]) {
      expect((await approve(three, approval).expect(409)).body.code).toBe('approval_not_pending');
    }
    expect(await balanceIn(app, owner, path)).toBe(300);
  });

  test('asks for no more than there are others, and nobody where nobody is left', async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 100]);
    await setPolicy(app, owner, path, { approvals: 5 }).expect(200);

    expect((await ask(app, owner, path, 60)).needed).toBe(1);
    await app.client.deletePocketMember({ as: one, path: { ...path, userId: one.userId } }).expect(200);
    await take(app, owner, path, 60).expect(201);
  });

  test('keeps its say for a member who was made a viewer while their money is in', async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 100]);
    await setPolicy(app, owner, path).expect(200);
    await app.client
      .updatePocketMember({ as: owner, path: { ...path, userId: one.userId }, body: { role: 'viewer' } })
      .expect(200);

    const approval = await ask(app, owner, path, 150);

    expect((await approve(one, approval).expect(200)).body.status).toBe('executed');
  });

  test('holds for a transfer to another pocket too', async () => {
    const { one, two, three, path } = await guarded();
    const own = await createPocket(app, one);
    const body = { amount: eur(60), toPocketId: own.id };

    const { body: answer } = await app.client
      .createPocketTransfer({ as: one, path, headers: withKey(), body })
      .expect(202);
    if (!('approval' in answer)) throw new Error('nobody was asked');
    await approve(two, answer.approval).expect(200);
    await approve(three, answer.approval).expect(200);

    expect(await balanceIn(app, one, { pocketId: own.id })).toBe(60);
  });
});

describe('what somebody asked the others for', () => {
  test('is taken back by who asked, as often as they say so, and moves nothing any more', async () => {
    const { owner, one, two, three, path } = await guarded();
    const approval = await ask(app, one, path, 60);
    await approve(two, approval).expect(200);

    const { body } = await cancel(one, approval).expect(200);
    const { body: again } = await cancel(one, approval).expect(200);

    expect(body).toMatchObject({ id: approval.id, status: 'cancelled', approvals: 1 });
    expect(again).toEqual(body);
    expect((await approve(three, approval).expect(409)).body.code).toBe('approval_not_pending');
    expect(await balanceIn(app, owner, path)).toBe(400);
  });

  test('is nobody else’s to take back, and no longer when it is decided or has run out', async () => {
    const { owner, one, two, three, path } = await guarded();
    const stranger = await createPerson(app);
    const [done, late] = [await ask(app, one, path, 60), await ask(app, one, path, 70)];

    expect((await cancel(owner, done).expect(403)).body.code).toBe('forbidden');
    await cancel(stranger, done).expect(404);
    await approve(two, done).expect(200);
    await approve(three, done).expect(200);
    app.clock.advance(7 * day);

    for (const approval of [done, late]) {
      expect((await cancel(one, approval).expect(409)).body.code).toBe('approval_not_pending');
    }
    expect(await balanceIn(app, owner, path)).toBe(340);
  });

  test('is either carried out or taken back when both happen at the same time', async () => {
    const { owner, one, two, three, path } = await guarded();
    let taken = 0;
    for (let turn = 0; turn < 5; turn++) {
      const approval = await ask(app, one, path, 51);
      await approve(two, approval).expect(200);

      const [vote, cancelling] = await Promise.all([approve(three, approval), cancel(one, approval)]);

      expect([vote.status, cancelling.status].sort()).toEqual([200, 409]);
      if (vote.status === 200) taken += 51;
    }
    expect(await balanceIn(app, owner, path)).toBe(400 - taken);
  });
});

describe('a say that is given while others must agree already', () => {
  const memberOf = async (as: Person, path: { pocketId: string }, { userId }: Person) => {
    const { body } = await app.client.listPocketMembers({ as, path }).expect(200);
    return body.items.find((member) => member.userId === userId);
  };

  test('counts in what is asked seven days later, so that nobody brings their own voters', async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 300]);
    await setPolicy(app, owner, path).expect(200);
    const before = await ask(app, owner, path, 150);
    const accomplice = await join(app, owner, path);
    const within = await ask(app, owner, path, 150);

    for (const approval of [before, within]) {
      expect((await approve(accomplice, approval).expect(403)).body.code).toBe('vote_not_counted');
      expect((await reject(accomplice, approval).expect(403)).body.code).toBe('vote_not_counted');
    }
    expect(within.needed).toBe(1);
    const { votesFrom, joinedAt } = (await memberOf(one, path, accomplice)) ?? {};
    expect(votesFrom).toBe(new Date(new Date(joinedAt ?? '').getTime() + 7 * day).toISOString());
    expect((await memberOf(one, path, one))?.votesFrom).toBeNull();
    expect((await approve(one, within).expect(200)).body.status).toBe('executed');

    app.clock.set(new Date(votesFrom ?? ''));
    const after = await ask(app, owner, path, 150);
    expect((await approve(accomplice, after).expect(200)).body.status).toBe('executed');
    expect(await walletsOf(app, [owner])).toEqual([300]);
  });

  test('is no sooner given by another role, or by coming back', async () => {
    const { owner, path } = await sharedPocket(app, [100, 300]);
    const invited = await join(app, owner, path, { role: 'viewer' });
    await setPolicy(app, owner, path).expect(200);
    const role = (to: 'contributor' | 'viewer' | 'owner') =>
      app.client.updatePocketMember({ as: owner, path: { ...path, userId: invited.userId }, body: { role: to } });

    const { body: promoted } = await role('contributor').expect(200);
    const refused = await approve(invited, await ask(app, owner, path, 10)).expect(403);
    await role('viewer').expect(200);
    app.clock.advance(8 * day);
    const { body: again } = await role('owner').expect(200);

    expect(refused.body.code).toBe('vote_not_counted');
    expect(promoted.votesFrom).not.toBeNull();
    expect(new Date(again.votesFrom ?? '').getTime()).toBe(app.clock.now().getTime() + 7 * day);
  });

  test('makes what its holder asks need one more, so that nobody asks by somebody they have brought', async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 300]);
    await setPolicy(app, owner, path, { who: 'contributors' }).expect(200);
    const accomplice = await join(app, owner, path);

    const asked = await ask(app, accomplice, path, 150);
    const { body: agreed } = await approve(owner, asked).expect(200);
    const taken = await walletsOf(app, [accomplice]);
    const { body: done } = await approve(one, asked).expect(200);

    expect(asked.needed).toBe(2);
    expect(agreed).toMatchObject({ status: 'pending_approval', approvals: 1, needed: 2 });
    expect(taken).toEqual([0]);
    expect(done).toMatchObject({ status: 'executed', needed: 2 });
  });

  test('counts at once in a closing, and where nobody else has one', async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 100]);
    await setPolicy(app, owner, path).expect(200);
    const newcomer = await join(app, owner, path, { puts: 50 });

    const { body: closing } = await app.client
      .closePocket({ as: owner, path, headers: withKey(), body: {} })
      .expect(202);
    if (!('approval' in closing)) throw new Error('nobody was asked');
    expect((await reject(newcomer, closing.approval).expect(200)).body.status).toBe('rejected');

    await app.client.deletePocketMember({ as: one, path: { ...path, userId: one.userId } }).expect(200);
    const approval = await ask(app, owner, path, 150);
    expect((await approve(newcomer, approval).expect(200)).body.status).toBe('executed');
  });
});

describe('the policy itself', () => {
  test('is made stronger at once, and weaker only with the approvals in force', async () => {
    const { owner, one, two, path } = await guarded();
    await setPolicy(app, owner, path, { approvals: 2, aboveMinor: 20 }).expect(200);

    const { body } = await setPolicy(app, owner, path, { approvals: 0, aboveMinor: 20 }).expect(202);
    if (!('approval' in body)) throw new Error('nobody was asked');
    const { body: again } = await setPolicy(app, owner, path, { approvals: 0, aboveMinor: 20 }).expect(202);
    const { body: before } = await app.client.getPocketPolicy({ as: one, path }).expect(200);
    await approve(one, body.approval).expect(200);
    await approve(two, body.approval).expect(200);

    expect(again).toEqual(body);
    expect(body.approval).toMatchObject({ kind: 'policy', needed: 2, policy: { approvals: 0 }, amount: null });
    expect(before).toEqual({ who: 'contributors', approvals: 2, aboveMinor: 20 });
    expect((await app.client.getPocketPolicy({ as: one, path }).expect(200)).body.approvals).toBe(0);
    await take(app, one, path, 300).expect(201);
  });

  test.each([
    ['more people who may withdraw', { who: 'contributors', approvals: 1, aboveMinor: 10 }],
    ['fewer approvals', { who: 'owner', approvals: 0, aboveMinor: 10 }],
    ['a higher sum', { who: 'owner', approvals: 1, aboveMinor: 11 }],
  ] as const)('counts %s as weaker', async (_what, weaker) => {
    const { owner, path } = await sharedPocket(app, [100, 100]);
    await setPolicy(app, owner, path, { who: 'owner', approvals: 1, aboveMinor: 10 }).expect(200);

    await setPolicy(app, owner, path, weaker).expect(202);
    await setPolicy(app, owner, path, { who: 'owner', approvals: 2, aboveMinor: 9 }).expect(200);
  });

  test('is hidden from strangers and refuses what no policy can say', async () => {
    const { owner, path } = await guarded();
    const stranger = await createPerson(app);

    await app.client.getPocketPolicy({ as: stranger, path }).expect(404);
    await setPolicy(app, stranger, path).expect(404);
    await setPolicy(app, owner, path, { approvals: 21 }).expect(400);
    await setPolicy(app, owner, path, { aboveMinor: 0.5 }).expect(400);
  });
});

describe('closing a shared pocket', () => {
  const close = (as: Person, path: { pocketId: string }, body = {}) =>
    app.client.closePocket({ as, path, headers: withKey(), body });

  test('pays everybody their share once all have agreed', async () => {
    const { owner, one, two, path } = await sharedPocket(app, [100, 200, 300]);
    await take(app, owner, path, 60).expect(201);

    const { body } = await close(owner, path).expect(202);
    if (!('approval' in body)) throw new Error('nobody was asked');
    await approve(one, body.approval).expect(200);
    const { body: done } = await approve(two, body.approval).expect(200);

    expect(body.approval).toMatchObject({ kind: 'closing', needed: 2, amount: null });
    expect(done.status).toBe('executed');
    expect(await toldOfPocket(app, path, 'approval_decided')).toEqual([owner.userId]);
    expect(await walletsOf(app, [owner, one, two])).toEqual([100, 200, 300]);
    const { body: pocket } = await app.client.getPocket({ as: two, path }).expect(200);
    expect(pocket).toMatchObject({ status: 'closed', balance: eur(0) });
    await app.client.createContribution({ as: one, path, headers: withKey(), body: { amount: eur(1) } }).expect(409);
  });

  test('divides exactly where somebody has taken more than was theirs', async () => {
    const { owner, one, two, three, path } = await sharedPocket(app, [0, 100, 100, 101]);
    await take(app, owner, path, 200).expect(201);

    const { body } = await close(owner, path).expect(202);
    if (!('approval' in body)) throw new Error('nobody was asked');
    for (const as of [one, two, three]) await approve(as, body.approval).expect(200);

    expect(await walletsOf(app, [owner, one, two, three])).toEqual([200, 34, 33, 34]);
  });

  test("ends with one no, and is no way to sweep the others' money", async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 200, 300]);
    const own = await createPocket(app, owner);

    expect((await close(owner, path, { sweepToPocketId: own.id }).expect(409)).body.code).toBe('pocket_shared');
    const { body } = await close(owner, path).expect(202);
    if (!('approval' in body)) throw new Error('nobody was asked');

    expect((await reject(one, body.approval).expect(200)).body.status).toBe('rejected');
    expect(await balanceIn(app, owner, path)).toBe(600);
  });
});
