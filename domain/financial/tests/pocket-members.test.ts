import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { balanceIn, join, put, setPolicy, sharedPocket, take, walletsOf } from './shared-pocket.ts';
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

async function sumsIn(as: Person, path: { pocketId: string }) {
  const { body } = await app.client.listPocketMembers({ as, path }).expect(200);
  return Object.fromEntries(
    body.items.map(({ userId, contributed, withdrawn }) => [userId, [contributed.amountMinor, withdrawn.amountMinor]]),
  );
}

function leave(as: Person, path: { pocketId: string }, { userId }: Person = as) {
  return app.client.deletePocketMember({ as, path: { ...path, userId } });
}

function setRole(as: Person, path: { pocketId: string }, { userId }: Person, role: 'owner' | 'contributor' | 'viewer') {
  return app.client.updatePocketMember({ as, path: { ...path, userId }, body: { role } });
}

describe('saving together', () => {
  test('counts what each member puts in and takes out, into their own wallet', async () => {
    const { owner, one, two, path } = await sharedPocket(app, [100, 200, 300]);
    await setPolicy(app, owner, path, { approvals: 0 }).expect(200);

    const { body } = await take(app, one, path, 50).expect(201);

    expect(body).toMatchObject({ memberId: one.userId, amount: eur(-50), balanceAfter: eur(550) });
    expect(await walletsOf(app, [owner, one, two])).toEqual([0, 50, 0]);
    expect(await sumsIn(two, path)).toEqual({
      [owner.userId]: [100, 0],
      [one.userId]: [200, 50],
      [two.userId]: [300, 0],
    });
    const { body: movements } = await app.client.listMovements({ as: two, path }).expect(200);
    expect(movements.items.map(({ memberId }) => memberId)).toEqual([one, two, one, owner].map(({ userId }) => userId));
  });

  test('lets a viewer see and nothing else', async () => {
    const { owner, path } = await sharedPocket(app, [100]);
    const viewer = await join(app, owner, path, { role: 'viewer', wallet: 50 });
    await setPolicy(app, owner, path, { approvals: 0 }).expect(200);
    const own = await createPocket(app, viewer);
    const body = { amount: eur(10) };

    await app.client.listMovements({ as: viewer, path }).expect(200);
    await app.client.createContribution({ as: viewer, path, headers: withKey(), body }).expect(403);
    await take(app, viewer, path, 10).expect(403);
    await app.client
      .createPocketTransfer({ as: viewer, path, headers: withKey(), body: { ...body, toPocketId: own.id } })
      .expect(403);
    await app.client
      .createPocketTransfer({
        as: viewer,
        path: { pocketId: own.id },
        headers: withKey(),
        body: { ...body, toPocketId: path.pocketId },
      })
      .expect(403);
    expect(await balanceIn(app, owner, path)).toBe(100);
  });

  test('gives a contributor no right to withdraw, manage, share or close until the owner says so', async () => {
    const { owner, one, two, path } = await sharedPocket(app, [100, 100, 0]);

    await take(app, one, path, 10).expect(403);
    await setPolicy(app, one, path).expect(403);
    await setRole(one, path, two, 'viewer').expect(403);
    await leave(one, path, two).expect(403);
    await app.client.updatePocket({ as: one, path, body: { name: 'Mine' } }).expect(403);
    await app.client.sharePocket({ as: one, path, body: { audience: 'public' } }).expect(403);
    await app.client.closePocket({ as: one, path, headers: withKey(), body: {} }).expect(403);
    await setPolicy(app, owner, path, { approvals: 0 }).expect(200);
    await take(app, one, path, 10).expect(201);
  });

  test('lets a movement be undone by who made it alone, and only within their own share', async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 100]);
    await setPolicy(app, owner, path, { approvals: 0 }).expect(200);
    const { body: movements } = await app.client.listMovements({ as: one, path }).expect(200);
    const [mine] = movements.items;
    const undo = (as: Person) =>
      app.client.reverseMovement({ as, path: { movementId: mine?.id ?? '' }, headers: withKey() });

    await undo(owner).expect(404);
    await take(app, one, path, 30).expect(201);
    expect((await undo(one).expect(409)).body.code).toBe('own_share_exceeded');
    await put(app, one, path, 30);
    await undo(one).expect(201);

    expect(await sumsIn(one, path)).toEqual({ [owner.userId]: [100, 0], [one.userId]: [30, 30] });
    expect(await walletsOf(app, [one])).toEqual([100]);
    await leave(one, path).expect(200);
    await undo(one).expect(404);
  });

  test('lets nobody undo a movement while the others would get less on leaving than they put in', async () => {
    const { owner, one, two, path } = await sharedPocket(app, [100, 100, 100]);
    const { body: movements } = await app.client.listMovements({ as: two, path }).expect(200);
    const undo = () =>
      app.client.reverseMovement({ as: two, path: { movementId: movements.items[0]?.id ?? '' }, headers: withKey() });
    await take(app, owner, path, 200).expect(201);

    expect((await undo().expect(409)).body.code).toBe('own_share_exceeded');
    await leave(one, path).expect(200);
    expect(await walletsOf(app, [one])).toEqual([50]);
    await put(app, owner, path, 50);
    await undo().expect(201);
    expect(await walletsOf(app, [two])).toEqual([100]);
  });
});

describe('leaving', () => {
  test('pays out the own share at once and ends every right', async () => {
    const { owner, one, two, path } = await sharedPocket(app, [100, 200, 300]);
    const key = withKey();
    const request = { as: one, path: { ...path, userId: one.userId }, headers: key };

    const { body } = await app.client.deletePocketMember(request).expect(200);
    const again = await app.client.deletePocketMember(request).expect(200);

    expect(body).toMatchObject({ userId: one.userId, payout: eur(200) });
    expect(again.body).toEqual(body);
    expect(await walletsOf(app, [owner, one, two])).toEqual([0, 200, 0]);
    expect(await balanceIn(app, owner, path)).toBe(400);
    await app.client.getPocket({ as: one, path }).expect(404);
    await leave(one, path).expect(404);
    await take(app, one, path, 1).expect(404);
    const { body: movements } = await app.client.listMovements({ as: two, path }).expect(200);
    expect(movements.items[0]).toMatchObject({
      id: body.movementId,
      kind: 'payout',
      memberId: one.userId,
      amount: eur(-200),
    });
  });

  test('divides what is left by the shares where somebody has taken more than was theirs', async () => {
    const { owner, one, two, three, path } = await sharedPocket(app, [0, 100, 100, 100]);
    await take(app, owner, path, 200).expect(201);

    const payouts = [];
    for (const as of [one, two, three]) payouts.push((await leave(as, path).expect(200)).body.payout.amountMinor);

    expect(payouts).toEqual([34, 33, 33]);
    expect(await balanceIn(app, owner, path)).toBe(0);
  });

  test('is not for the owner until the pocket is handed over', async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 200]);
    await app.client.sharePocket({ as: owner, path, body: { audience: 'followers' } }).expect(200);
    expect((await leave(owner, path).expect(409)).body.code).toBe('owner_must_hand_over');
    expect((await setRole(owner, path, owner, 'viewer').expect(409)).body.code).toBe('owner_must_hand_over');

    await setRole(owner, path, one, 'owner').expect(200);

    expect((await app.client.getPocket({ as: one, path }).expect(200)).body).toMatchObject({
      viewerRole: 'owner',
      shared: null,
    });
    expect((await app.client.getPocket({ as: owner, path }).expect(200)).body.viewerRole).toBe('contributor');
    await app.client.updatePocket({ as: owner, path, body: { name: 'Mine' } }).expect(403);
    expect((await leave(owner, path).expect(200)).body.payout).toEqual(eur(100));
    expect((await leave(one, path).expect(409)).body.code).toBe('owner_must_hand_over');
  });

  test("can be by the owner's will; the removed member keeps their money and may come back", async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 200]);

    await leave(owner, path, one).expect(200);
    await leave(owner, path, one).expect(404);
    await leave(owner, path, await createPerson(app)).expect(404);

    expect(await walletsOf(app, [one])).toEqual([200]);
    const { body } = await app.client
      .createInvitation({ as: owner, path, body: { userId: one.userId, role: 'contributor' } })
      .expect(201);
    await app.client.acceptInvitation({ as: one, path: { invitationId: body.id } }).expect(200);
    await put(app, one, path, 50);
    expect(await sumsIn(one, path)).toEqual({ [owner.userId]: [100, 0], [one.userId]: [250, 200] });
  });

  test('changes the tag of the pocket, which is another one for each member', async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 200]);
    const { headers: before } = await app.client.getPocket({ as: owner, path }).expect(200);
    const { headers: others } = await app.client.getPocket({ as: one, path }).expect(200);

    await setRole(owner, path, one, 'viewer').expect(200);

    expect(others.etag).not.toBe(before.etag);
    await app.client.getPocket({ as: one, path, headers: { 'If-None-Match': others.etag ?? '' } }).expect(200);
  });
});

describe('an account that is closed', () => {
  const blockersOf = async ({ userId }: Person) =>
    (await app.social.getClosingBlockers({ as: { service: true }, path: { userId } }).expect(200)).body.blockers;
  const erase = ({ userId }: Person) =>
    app.social.erasePerson({ as: { service: true }, path: { userId }, body: { pseudonym: crypto.randomUUID() } });

  test("waits for a pocket that others save in, and for a share in somebody else's", async () => {
    const { owner, one, path } = await sharedPocket(app, [0, 200]);

    expect(await blockersOf(owner)).toEqual([{ kind: 'owned_shared_pocket', ids: [path.pocketId] }]);
    expect(await blockersOf(one)).toEqual([{ kind: 'balance', ids: [path.pocketId] }]);
    await setRole(owner, path, one, 'owner').expect(200);

    expect(await blockersOf(owner)).toEqual([]);
  });

  test('leaves the pocket to who has contributed longest, whose money nobody touches', async () => {
    const { owner, path } = await sharedPocket(app, [0]);
    const viewer = await join(app, owner, path, { role: 'viewer' });
    app.clock.advance(1_000);
    const first = await join(app, owner, path, { puts: 100 });
    app.clock.advance(1_000);
    const second = await join(app, owner, path, { puts: 200 });

    await erase(owner).expect(204);

    expect((await app.client.getPocket({ as: first, path }).expect(200)).body.viewerRole).toBe('owner');
    expect(await sumsIn(second, path)).toEqual({
      [viewer.userId]: [0, 0],
      [first.userId]: [100, 0],
      [second.userId]: [200, 0],
    });
    expect((await leave(second, path).expect(200)).body.payout).toEqual(eur(200));
    const { rows } = await app.owner.query<{ found: string }>(
      `select 'member' as found from pocket_member where member_id = $1
        union all select 'account' from ledger_account where owner_id = $1
        union all select 'entry' from ledger_entry where owner_id = $1
        union all select 'month' from pocket_month where owner_id = $1
        union all select 'invitation' from pocket_invitation where $1 in (inviter_id, invitee_id)`, [owner.userId]); // prettier-ignore
    expect(rows).toEqual([]);
  });

  test('of a member leaves the pocket and its owner alone', async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 0]);

    await erase(one).expect(204);

    expect(await sumsIn(owner, path)).toEqual({ [owner.userId]: [100, 0] });
    const { body } = await app.client
      .createInvitation({ as: owner, path, body: { userId: one.userId, role: 'viewer' } })
      .expect(404);
    expect(body.code).toBe('not_found');
  });
});

test('what a person takes along holds the pockets they save in, whoever opened them, and no pocket they left', async () => {
  const { owner, one, two, path } = await sharedPocket(app, [100, 200, 300]);
  await leave(two, path).expect(200);
  const exportOf = async ({ userId }: Person) => {
    const sections: Record<string, unknown[]> = {};
    let cursor: string | null | undefined;
    let counts: unknown;
    do {
      const query = typeof cursor === 'string' ? { cursor } : {};
      const { body } = await app.social.exportPerson({ as: { service: true }, path: { userId }, query }).expect(200);
      sections[body.section] = [...(sections[body.section] ?? []), ...body.items];
      counts ??= body.counts;
      cursor = body.nextCursor;
    } while (cursor !== null);
    return { sections, counts };
  };

  const member = await exportOf(one);
  const former = await exportOf(two);

  expect(member.sections['pockets']).toMatchObject([{ id: path.pocketId, role: 'contributor', contributedMinor: 200 }]);
  expect(member.sections['movements']).toMatchObject([
    { memberId: owner.userId },
    { memberId: one.userId },
    { memberId: two.userId },
    { memberId: two.userId, kind: 'payout' },
  ]);
  expect(member.counts).toMatchObject({ pockets: 1, movements: 4, wallets: 1 });
  expect(former.sections['pockets']).toEqual([]);
  expect(former.counts).toMatchObject({ pockets: 0, movements: 0, wallets: 1 });
});
