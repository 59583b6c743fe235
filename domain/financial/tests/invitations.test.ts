import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPerson, createPocket, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';
import { join, sharedPocket } from './shared-pocket.ts';
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

async function invite(role: 'contributor' | 'viewer' = 'contributor') {
  const owner = await createPerson(app);
  const invitee = await createPerson(app);
  const path = { pocketId: (await createPocket(app, owner, { name: 'House' })).id };
  const { body } = await app.client
    .createInvitation({ as: owner, path, body: { userId: invitee.userId, role } })
    .expect(201);
  return { owner, invitee, path, invitation: body, at: { invitationId: body.id } };
}

async function rolesIn(as: Person, path: { pocketId: string }) {
  const { body } = await app.client.listPocketMembers({ as, path }).expect(200);
  return body.items.map(({ userId, role }) => [userId, role]);
}

async function timesTold({ userId }: Person) {
  const { rows } = await app.owner.query<{ told: number }>(
    "select count(*)::int as told from financial_jobs._private_jobs where payload ->> 'personId' = $1",
    [userId],
  );
  return rows[0]?.told;
}

describe('an invitation', () => {
  test('is told to the invited person and makes them a member once accepted', async () => {
    const { owner, invitee, path, invitation, at } = await invite('viewer');

    const { body: list } = await app.client.listInvitations({ as: invitee }).expect(200);
    await app.client.getPocket({ as: invitee, path }).expect(404);
    app.clock.advance(1);
    const { body: accepted } = await app.client.acceptInvitation({ as: invitee, path: at }).expect(200);

    expect(list.items).toEqual([invitation]);
    expect(invitation).toMatchObject({
      status: 'pending',
      pocket: { name: 'House' },
      inviterId: owner.userId,
      role: 'viewer',
    });
    expect(accepted).toEqual({ ...invitation, status: 'accepted' });
    expect((await app.client.getPocket({ as: invitee, path }).expect(200)).body.viewerRole).toBe('viewer');
    expect(await rolesIn(invitee, path)).toEqual([
      [owner.userId, 'owner'],
      [invitee.userId, 'viewer'],
    ]);
    expect((await app.client.listInvitations({ as: invitee }).expect(200)).body.items).toEqual([]);
    const { rows } = await app.owner.query(`select payload from financial_jobs._private_jobs jobs
      join financial_jobs._private_tasks tasks on tasks.id = jobs.task_id where identifier = 'tellPerson'
      and payload ->> 'personId' = $1`, [invitee.userId]); // prettier-ignore
    expect(rows).toMatchObject([
      {
        payload: {
          kind: 'pocket_invitation',
          subject: { type: 'invitation', id: invitation.id },
          actorId: owner.userId,
        },
      },
    ]);
  });

  test('is told at most ten times a day by the same person, and stands in the list however often', async () => {
    const { owner, invitee, path, at: first } = await invite();
    let at = first;
    for (let turn = 2; turn <= 12; turn += 1) {
      await app.client.withdrawInvitation({ as: owner, path: at }).expect(204);
      const body = { userId: invitee.userId, role: 'viewer' } as const;
      at = { invitationId: (await app.client.createInvitation({ as: owner, path, body }).expect(201)).body.id };
    }
    const today = await timesTold(invitee);
    app.clock.advance(86_400_000);
    await app.client.withdrawInvitation({ as: owner, path: at }).expect(204);
    const other = { pocketId: (await createPocket(app, owner)).id };
    await app.client.createInvitation({ as: owner, path: other, body: { userId: invitee.userId, role: 'viewer' } }).expect(201); // prettier-ignore

    expect([today, await timesTold(invitee)]).toEqual([10, 11]);
    expect((await app.client.listInvitations({ as: invitee }).expect(200)).body.items).toHaveLength(1);
  });

  test('shows the pocket in the lists and on the home screen of the new member', async () => {
    const { invitee, path, at } = await invite();
    await app.client.acceptInvitation({ as: invitee, path: at }).expect(200);

    const { body: pockets } = await app.client.listPockets({ as: invitee }).expect(200);
    const { body: home } = await app.client.getHome({ as: invitee }).expect(200);

    expect(pockets.items).toMatchObject([{ id: path.pocketId, viewerRole: 'contributor' }]);
    expect(home.pockets).toMatchObject({ total: 1, items: [{ id: path.pocketId, viewerRole: 'contributor' }] });
  });

  test('accepted or declined again changes nothing, the other way round is refused', async () => {
    const yes = await invite();
    const no = await invite();
    for (let time = 0; time < 2; time++) {
      await app.client.acceptInvitation({ as: yes.invitee, path: yes.at }).expect(200);
      await app.client.declineInvitation({ as: no.invitee, path: no.at }).expect(200);
    }

    const answers = [
      await app.client.declineInvitation({ as: yes.invitee, path: yes.at }).expect(409),
      await app.client.acceptInvitation({ as: no.invitee, path: no.at }).expect(409),
      await app.client.withdrawInvitation({ as: yes.owner, path: yes.at }).expect(409),
    ];
    expect(answers.map(({ body }) => body.code)).toEqual(answers.map(() => 'invitation_not_pending'));
    await app.client.getPocket({ as: no.invitee, path: no.path }).expect(404);
  });

  test("is nobody else's", async () => {
    const { owner, path, at } = await invite();
    const stranger = await createPerson(app);

    for (const as of [stranger, owner]) {
      await app.client.acceptInvitation({ as, path: at }).expect(404);
      await app.client.declineInvitation({ as, path: at }).expect(404);
    }
    await app.client.withdrawInvitation({ as: stranger, path: at }).expect(404);
    await app.client.listPocketMembers({ as: stranger, path }).expect(404);
    await app.client.listPocketInvitations({ as: stranger, path }).expect(404);
    await app.client
      .createInvitation({ as: stranger, path, body: { userId: stranger.userId, role: 'viewer' } })
      .expect(404);
  });

  test('can be taken back by the owner alone', async () => {
    const { owner, invitee, path, at } = await invite();
    const member = await join(app, owner, path);
    await app.client.withdrawInvitation({ as: member, path: at }).expect(403);
    await app.client.withdrawInvitation({ as: invitee, path: at }).expect(404);

    await app.client.withdrawInvitation({ as: owner, path: at }).expect(204);
    await app.client.withdrawInvitation({ as: owner, path: at }).expect(204);

    expect((await app.client.acceptInvitation({ as: invitee, path: at }).expect(409)).body.code).toBe(
      'invitation_not_pending',
    );
    expect((await app.client.listPocketInvitations({ as: owner, path }).expect(200)).body.items).toEqual([]);
  });

  test('runs out after 14 days, and another one may be made', async () => {
    const { owner, invitee, path, at } = await invite();
    app.clock.advance(14 * day);

    expect((await app.client.acceptInvitation({ as: invitee, path: at }).expect(409)).body.code).toBe(
      'invitation_not_pending',
    );
    expect((await app.client.listInvitations({ as: invitee }).expect(200)).body.items).toEqual([]);
    await app.client
      .createInvitation({ as: owner, path, body: { userId: invitee.userId, role: 'viewer' } })
      .expect(201);
  });

  test('is refused for a member, for who is invited already, by a contributor, and into a closed pocket', async () => {
    const { owner, invitee, path, at } = await invite();
    const send = (as: Person, userId: string) =>
      app.client.createInvitation({ as, path, body: { userId, role: 'viewer' } });

    expect((await send(owner, invitee.userId).expect(409)).body.code).toBe('already_invited');
    await app.client.acceptInvitation({ as: invitee, path: at }).expect(200);
    expect((await send(owner, invitee.userId).expect(409)).body.code).toBe('already_member');
    expect((await send(owner, owner.userId).expect(409)).body.code).toBe('already_member');
    await send(invitee, (await createPerson(app)).userId).expect(403);
    await app.client.deletePocketMember({ as: invitee, path: { ...path, userId: invitee.userId } }).expect(200);
    await app.client.closePocket({ as: owner, path, headers: withKey(), body: {} }).expect(200);
    expect((await send(owner, invitee.userId).expect(409)).body.code).toBe('pocket_closed');
  });

  test('made twice under one key is one', async () => {
    const owner = await createPerson(app);
    const { userId } = await createPerson(app);
    const path = { pocketId: (await createPocket(app, owner)).id };
    const request = { as: owner, path, headers: withKey(), body: { userId, role: 'viewer' } as const };

    const first = await app.client.createInvitation(request).expect(201);
    const second = await app.client.createInvitation(request).expect(201);

    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotency-replayed']).toBe('true');
  });
});

test('a pocket takes 200 members and no more, and lists each of them once', async () => {
  const { owner, path } = await sharedPocket(app, [0]);
  const people = await Promise.all(Array.from({ length: 199 }, () => createPerson(app)));
  for (const { userId } of people) {
    await app.client.createInvitation({ as: owner, path, body: { userId, role: 'contributor' } }).expect(201);
  }
  const one = await createPerson(app);
  const extra = await app.client
    .createInvitation({ as: owner, path, body: { userId: one.userId, role: 'viewer' } })
    .expect(409);
  const accept = async (as: Person) => {
    const { body } = await app.client.listInvitations({ as }).expect(200);
    const [invitation] = body.items;
    await app.client.acceptInvitation({ as, path: { invitationId: invitation?.id ?? '' } }).expect(200);
  };
  for (let from = 0; from < people.length; from += 16) await Promise.all(people.slice(from, from + 16).map(accept));

  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 90, ...(cursor !== null && { cursor }) };
    const { body } = await app.client.listPocketMembers({ as: people[7] ?? owner, path, query }).expect(200);
    seen.push(...body.items.map(({ userId }) => userId));
    cursor = body.nextCursor;
  } while (cursor !== null);

  expect(extra.body.code).toBe('pocket_full');
  expect(seen).toHaveLength(200);
  expect(new Set(seen)).toEqual(new Set([owner, ...people].map(({ userId }) => userId)));
});
