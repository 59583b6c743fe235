import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { ask, balanceIn, join, setPolicy, sharedPocket, take, tally, walletsOf } from './shared-pocket.ts';
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

const leave = (as: Person, path: { pocketId: string }) =>
  app.client.deletePocketMember({ as, path: { ...path, userId: as.userId } });
const approve = (as: Person, { id }: { id: string }) => app.client.approveApproval({ as, path: { approvalId: id } });

/** All the money that the people have, wherever it is. */
async function wealthOf(people: Person[], path: { pocketId: string }) {
  const wallets = await walletsOf(app, people);
  const { rows } = await app.owner.query<{ sum: string }>(
    'select posted_minor as sum from ledger_account where id = $1',
    [path.pocketId],
  );
  return wallets.reduce((sum, wallet) => sum + wallet, Number(rows[0]?.sum));
}

test('16 members who put money in at once are each credited with what they gave', async () => {
  const { owner, path } = await sharedPocket(app, [0]);
  const members: Person[] = [];
  for (let count = 0; count < 16; count++) members.push(await join(app, owner, path, { wallet: 50 }));

  const answers = await Promise.all(
    members.flatMap((as) =>
      Array.from({ length: 6 }, () =>
        app.client.createContribution({ as, path, headers: withKey(), body: { amount: eur(10) } }),
      ),
    ),
  );

  expect(tally(answers)).toEqual({ 201: 80, 409: 16 });
  expect(await balanceIn(app, owner, path)).toBe(800);
  const { body } = await app.client.listPocketMembers({ as: owner, path }).expect(200);
  const shares = body.items.filter(({ role }) => role === 'contributor').map(({ share }) => share.amountMinor);
  expect(shares).toEqual(shares.map(() => 50));
});

describe('votes at once', () => {
  test('carry an approval out once', async () => {
    const { owner, one, members, path } = await sharedPocket(app, [0, 300, 0, 0, 0, 0, 0]);
    await setPolicy(app, owner, path, { approvals: 3 }).expect(200);
    const approval = await ask(app, one, path, 100);
    const voters = [owner, ...members.filter((member) => member !== one)];

    const answers = await Promise.all([...voters, ...voters].map((as) => approve(as, approval)));

    expect(await balanceIn(app, owner, path)).toBe(200);
    expect(await walletsOf(app, [one])).toEqual([100]);
    const executed = answers.filter(({ body }) => 'status' in body && body.status === 'executed');
    expect(new Set(executed.map(({ body }) => (body as { movementId: string }).movementId)).size).toBe(1);
    for (const { status } of answers) expect([200, 409]).toContain(status);
  });

  test('carry out no more than the pocket holds', async () => {
    const { owner, one, two, three, path } = await sharedPocket(app, [100, 0, 0, 0]);
    await setPolicy(app, owner, path).expect(200);
    const approvals = [await ask(app, one, path, 70), await ask(app, two, path, 70), await ask(app, owner, path, 70)];

    const answers = await Promise.all(approvals.map((approval) => approve(three, approval)));

    expect(tally(answers)).toEqual({ 200: 1, 409: 2 });
    expect(await balanceIn(app, owner, path)).toBe(30);
  });

  test('and a leaving requester do not both get their way', async () => {
    const { owner, one, two, path } = await sharedPocket(app, [0, 100, 0]);
    await setPolicy(app, owner, path).expect(200);
    const approval = await ask(app, one, path, 60);

    const [left, voted] = await Promise.all([leave(one, path), approve(two, approval)]);

    expect(left.status).toBe(200);
    expect([200, 409]).toContain(voted.status);
    expect(await walletsOf(app, [one])).toEqual([100]);
    expect(await balanceIn(app, owner, path)).toBe(0);
  });
});

describe('leaving at the same time', () => {
  test('as withdrawing pays the share once', async () => {
    const { owner, one, path } = await sharedPocket(app, [100, 100]);
    await setPolicy(app, owner, path, { approvals: 0 }).expect(200);

    const [left, ...taken] = await Promise.all([
      leave(one, path),
      ...Array.from({ length: 6 }, () => take(app, one, path, 10)),
    ]);

    expect(left.status).toBe(200);
    for (const { status } of taken) expect([201, 404]).toContain(status);
    expect(await walletsOf(app, [one])).toEqual([100]);
    expect(await balanceIn(app, owner, path)).toBe(100);
  });

  test('twice pays once', async () => {
    const { owner, one, path } = await sharedPocket(app, [0, 100]);

    const answers = await Promise.all([leave(one, path), leave(one, path), leave(one, path)]);

    expect(tally(answers)).toEqual({ 200: 1, 404: 2 });
    expect(await walletsOf(app, [owner, one])).toEqual([0, 100]);
  });

  test('as all the others, while the owner takes money out, loses and makes nothing', async () => {
    const { owner, members, path } = await sharedPocket(app, [50, 100, 100, 100, 100, 100, 100]);

    const answers = await Promise.all([
      ...members.map((as) => leave(as, path)),
      ...Array.from({ length: 6 }, () => take(app, owner, path, 25)),
    ]);

    for (const { status } of answers) expect([200, 201, 409]).toContain(status);
    expect(await wealthOf([owner, ...members], path)).toBe(650);
  });

  test('as everybody agrees to close pays each their share', async () => {
    const { owner, one, two, three, path } = await sharedPocket(app, [10, 20, 30, 40]);
    const { body } = await app.client.closePocket({ as: owner, path, headers: withKey(), body: {} }).expect(202);
    if (!('approval' in body)) throw new Error('nobody was asked');
    const { approval } = body;

    await Promise.all([approve(one, approval), approve(two, approval), leave(three, path)]);
    await approve(two, approval);

    expect(await walletsOf(app, [owner, one, two, three])).toEqual([10, 20, 30, 40]);
  });
});

describe('members at the same time', () => {
  test('accepting an invitation ten times is joining once', async () => {
    const owner = await createPerson(app);
    const as = await createPerson(app);
    const path = { pocketId: (await createPocket(app, owner)).id };
    const { body } = await app.client
      .createInvitation({ as: owner, path, body: { userId: as.userId, role: 'contributor' } })
      .expect(201);

    const answers = await Promise.all(
      Array.from({ length: 10 }, () => app.client.acceptInvitation({ as, path: { invitationId: body.id } })),
    );

    expect(tally(answers)).toEqual({ 200: 10 });
    expect((await app.client.listPocketMembers({ as, path }).expect(200)).body.items).toHaveLength(2);
  });

  test('inviting the same person ten times is inviting once', async () => {
    const owner = await createPerson(app);
    const { userId } = await createPerson(app);
    const path = { pocketId: (await createPocket(app, owner)).id };

    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        app.client.createInvitation({ as: owner, path, body: { userId, role: 'viewer' } }),
      ),
    );

    expect(tally(answers)).toEqual({ 201: 1, 409: 9 });
  });

  test('handing over to two of them makes one owner', async () => {
    const { owner, one, two, path } = await sharedPocket(app, [0, 0, 0]);

    const answers = await Promise.all(
      [one, two].map(({ userId }) =>
        app.client.updatePocketMember({ as: owner, path: { ...path, userId }, body: { role: 'owner' } }),
      ),
    );

    expect(tally(answers)).toEqual({ 200: 1, 403: 1 });
    const { body } = await app.client.listPocketMembers({ as: one, path }).expect(200);
    expect(body.items.filter(({ role }) => role === 'owner')).toHaveLength(1);
  });

  test('trading between shared pockets in a circle neither lose money nor deadlock', async () => {
    const here = await sharedPocket(app, [100, 100]);
    const there = await sharedPocket(app, [100]);
    const both = await join(app, there.owner, there.path, { wallet: 100 });
    const { body } = await app.client
      .createInvitation({ as: here.owner, path: here.path, body: { userId: both.userId, role: 'contributor' } })
      .expect(201);
    await app.client.acceptInvitation({ as: both, path: { invitationId: body.id } }).expect(200);
    for (const { owner, path } of [here, there]) await setPolicy(app, owner, path, { approvals: 0 }).expect(200);
    const move = (path: { pocketId: string }, to: { pocketId: string }) =>
      app.client.createPocketTransfer({
        as: both,
        path,
        headers: withKey(),
        body: { toPocketId: to.pocketId, amount: eur(3) },
      });

    const answers = await Promise.all(
      Array.from({ length: 12 }, () => [move(here.path, there.path), move(there.path, here.path)]).flat(),
    );

    expect(tally(answers)).toEqual({ 201: 24 });
    expect(await balanceIn(app, both, here.path)).toBe(200);
    expect(await balanceIn(app, both, there.path)).toBe(100);
  });
});

describe('what the process role may do', () => {
  test.each([
    'pocket_member',
    'pocket_invitation',
    'pocket_approval',
    'pocket_approval_vote',
    'pocket_guardian',
    'challenge',
    'challenge_member',
  ])(
    // prettier-ignore
    'is to read %s, not to write it',
    async (table) => {
      await app.process.query(`select from ${table} limit 1`);
      for (const statement of [`insert into ${table} default values`, `delete from ${table}`, `truncate ${table}`]) {
        await expect(app.process.query(statement)).rejects.toThrow(/permission denied/);
      }
    },
  );

  test.each([
    `update pocket_member set role = 'owner'`,
    `update pocket_approval set status = 'executed'`,
    'update pocket set approvals = 0',
  ])('is not to %s', async (statement) => {
    await expect(app.process.query(statement)).rejects.toThrow(/permission denied/);
  });

  test.each([
    `hand_over(uuidv7(), uuidv7(), uuidv7(), now())`,
    `apply_policy(uuidv7(), '{}', now())`,
    `pay_everybody(uuidv7(), uuidv7(), 'person', now(), '{}')`,
    `end_pocket(uuidv7(), now())`,
    `stop_waiting(uuidv7(), uuidv7(), now())`,
    `take_out_of_challenge(uuidv7(), uuidv7())`,
    `tell_person(uuidv7(), 'pocket_invitation', 'invitation', uuidv7())`,
  ])('is not to call %s', async (call) => {
    await expect(app.process.query(`select ${call}`)).rejects.toThrow(/permission denied for function/);
  });
});
