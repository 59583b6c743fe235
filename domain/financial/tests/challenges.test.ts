import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { components } from '#openapi/financial';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { put, tally, take } from './shared-pocket.ts';
import type { Person } from './shared-pocket.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp(new Date('2026-11-23T09:30:00Z')); // a Monday
});
afterAll(() => app.stop());

type At = { challengeId: string };
type Body = components['schemas']['NewChallenge'];

const day = 86_400_000;
const asService = { service: true } as const;
const inDays = (days: number) => new Date(app.clock.now().getTime() + days * day).toISOString();

/** A person with a pocket that has a target, and so much in it. */
async function saver(saved = 0, wallet = 1_000) {
  const as = await createPerson(app, { wallet: wallet + saved });
  const path = { pocketId: (await createPocket(app, as, { target: eur(200) })).id };
  if (saved > 0) await put(app, as, path, saved);
  return { as, path };
}

function create(as: Person, memberIds: string[], body: Partial<Body> = {}, key?: string) {
  const challenge = { name: 'Race', kind: 'percent', memberIds, endsAt: inDays(70), ...body } as const;
  return app.client.createChallenge({ as, headers: withKey(key), body: challenge });
}

/** A challenge of a creator with so much in their pocket, and of others who have joined with theirs. */
async function race(kind: Body['kind'], first: number, ...others: number[]) {
  const creator = await saver(first);
  const savers = await Promise.all(others.map((saved) => saver(saved)));
  const ids = savers.map(({ as }) => as.userId);
  const { body } = await create(creator.as, [...ids, creator.as.userId], { kind, ...creator.path }).expect(201);
  const at = { challengeId: body.id };
  for (const { as, path } of savers) {
    app.clock.advance(1_000); // so that nobody joined at the same time
    await join(as, at, path).expect(200);
  }
  return { ...creator, creator: creator.as, at, savers };
}

function join(as: Person, at: At, path: { pocketId: string }) {
  return app.client.joinChallenge({ as, path: at, body: path });
}

function see(as: Person, at: At) {
  return app.client.getChallenge({ as, path: at });
}

function takeOut(as: Person, at: At, { userId }: Person) {
  return app.client.deleteChallengeMember({ as, path: { ...at, userId } });
}

function encourage(as: Person, at: At, { userId }: Person) {
  return app.client.encourageMember({ as, path: { ...at, userId } });
}

/** Somebody else becomes the owner of a pocket. */
async function give(as: Person, path: { pocketId: string }, { userId }: Person) {
  const body = { userId, role: 'contributor' } as const;
  const { body: invitation } = await app.client.createInvitation({ as, path, body }).expect(201);
  await app.client.acceptInvitation({ as: { userId }, path: { invitationId: invitation.id } }).expect(200);
  await app.client.updatePocketMember({ as, path: { ...path, userId }, body: { role: 'owner' } }).expect(200);
}

async function boardOf(as: Person, at: At) {
  const { body } = await see(as, at).expect(200);
  return (body.leaderboard ?? []).map(({ userId, place, percent, streak }) => [userId, place, percent ?? streak]);
}

/** What each person was told, as kind and whom it came from. */
async function toldTo({ userId }: Person) {
  const { rows } = await app.owner.query<{ kind: string; actor: string | null; subject: object }>(
    `select payload ->> 'kind' as kind, payload ->> 'actorId' as actor, payload -> 'subject' as subject
     from financial_jobs._private_jobs where payload ->> 'personId' = $1 order by id`,
    [userId],
  );
  return rows;
}

describe('a challenge', () => {
  test('is told to whom its creator chose, and shown to nobody else', async () => {
    const [creator, friend, stranger] = [await saver(50), await saver(), await saver()];

    const { body } = await create(creator.as, [friend.as.userId, creator.as.userId], creator.path).expect(201);
    const at = { challengeId: body.id };
    const { body: invited } = await see(friend.as, at).expect(200);
    const { body: screen } = await app.client.getPocketsScreen({ as: friend.as }).expect(200);
    const { body: list } = await app.client.listChallenges({ as: friend.as }).expect(200);

    expect(body).toMatchObject({
      ...{
        name: 'Race',
        kind: 'percent',
        status: 'running',
        creatorId: creator.as.userId,
        joinedCount: 1,
        invitedCount: 1,
      },
      viewer: { status: 'joined', pocketId: creator.path.pocketId },
      leaderboard: [{ userId: creator.as.userId, place: 1, percent: 25, streak: null }],
      invitedIds: [friend.as.userId],
    });
    expect(invited).toMatchObject({ viewer: { status: 'invited', pocketId: null }, leaderboard: null, invitedIds: [] });
    expect(JSON.stringify([body, invited])).not.toContain('amountMinor');
    expect(screen.invitations.challenges).toEqual(list.items);
    expect(list.items).toMatchObject([{ id: body.id, viewer: { status: 'invited' } }]);
    expect(await toldTo(friend.as)).toEqual([
      { kind: 'pocket_invitation', actor: creator.as.userId, subject: { type: 'invitation', id: body.id } },
    ]);
    await see(stranger.as, at).expect(404);
    await join(stranger.as, at, stranger.path).expect(404);
    await takeOut(stranger.as, at, stranger.as).expect(404);
    await encourage(stranger.as, at, creator.as).expect(404);
  });

  test('has who is best first, and equals in one place', async () => {
    const { creator, at, savers } = await race('percent', 20, 150, 150, 1_000, 0);
    const [one, two, three, four] = savers.map(({ as }) => as.userId);

    expect(await boardOf(creator, at)).toEqual([
      [three, 1, 100],
      [one, 2, 75],
      [two, 2, 75],
      [creator.userId, 4, 10],
      [four, 5, 0],
    ]);
    expect(await boardOf(savers[0]?.as ?? creator, at)).toEqual(await boardOf(creator, at));
  });

  test('counts weeks in a row in which the balance rose', async () => {
    const { creator, path, at, savers } = await race('streak', 10, 10);
    const [other] = savers;
    if (!other) throw new Error('nobody joined');
    expect(await boardOf(creator, at)).toEqual([
      [creator.userId, 1, 1],
      [other.as.userId, 1, 1],
    ]);

    app.clock.advance(7 * day);
    await put(app, creator, path, 5);
    await put(app, other.as, other.path, 5);
    await take(app, other.as, other.path, 5).expect(201);
    expect(await boardOf(creator, at)).toMatchObject([[creator.userId, 1, 2], [other.as.userId, 2, 1]]); // prettier-ignore
    app.clock.advance(7 * day);

    // A week that runs ends nothing; one that went by without saving does.
    expect(await boardOf(creator, at)).toMatchObject([[creator.userId, 1, 2], [other.as.userId, 2, 0]]); // prettier-ignore
    app.clock.advance(7 * day);
    await put(app, other.as, other.path, 5);
    expect(await boardOf(creator, at)).toMatchObject([[other.as.userId, 1, 1], [creator.userId, 2, 0]]); // prettier-ignore
  });

  test('stays as it was at its end', async () => {
    const { creator, path, at, savers } = await race('percent', 100, 50);
    const standings = await boardOf(creator, at);
    app.clock.advance(70 * day);

    await take(app, creator, path, 100).expect(201);
    await app.client.closePocket({ as: creator, path, headers: withKey(), body: {} }).expect(200);

    expect((await see(creator, at).expect(200)).body.status).toBe('ended');
    expect(await boardOf(creator, at)).toEqual(standings);
    const [other] = savers;
    if (!other) throw new Error('nobody joined');
    expect((await join(other.as, at, other.path).expect(409)).body.code).toBe('challenge_ended');
    expect((await encourage(other.as, at, creator).expect(409)).body.code).toBe('challenge_ended');
  });

  test.each(['percent', 'streak'] as const)('of %s stays so whatever becomes of the pockets', async (kind) => {
    const { creator, path, at, savers } = await race(kind, 100, 50);
    const [other] = savers;
    if (!other) throw new Error('nobody joined');
    app.clock.advance(70 * day);
    const standings = await boardOf(creator, at);

    await app.client.updatePocket({ as: creator, path, body: { target: null } }).expect(200);
    await app.client.updatePocket({ as: creator, path, body: { target: eur(100) } }).expect(200);
    await app.client.updatePocket({ as: other.as, path: other.path, body: { target: eur(1_000) } }).expect(200);
    await give(other.as, other.path, creator);

    expect(await boardOf(creator, at)).toEqual(standings);
  });

  test('that has ended leaves a pocket free to count in the next', async () => {
    const { creator, path } = await race('percent', 100);
    app.clock.advance(70 * day);
    await app.client.updatePocket({ as: creator, path, body: { target: eur(400) } }).expect(200);
    const { body } = await create(creator, [randomUUID()], path).expect(201);

    await app.client.updatePocket({ as: creator, path, body: { target: eur(1_000) } }).expect(200);

    expect(await boardOf(creator, { challengeId: body.id })).toEqual([[creator.userId, 1, 10]]);
  });

  test('has no place for a pocket that is closed, given away or without a target', async () => {
    const { creator, path, at } = await race('percent', 0, 40);
    expect((await boardOf(creator, at)).at(-1)).toEqual([creator.userId, 2, 0]);

    await app.client.updatePocket({ as: creator, path, body: { target: null } }).expect(200);

    expect((await boardOf(creator, at)).at(-1)).toEqual([creator.userId, null, null]);
    await app.client.updatePocket({ as: creator, path, body: { target: eur(10) } }).expect(200);
    await app.client.closePocket({ as: creator, path, headers: withKey(), body: {} }).expect(200);
    expect((await boardOf(creator, at)).at(-1)).toEqual([creator.userId, null, null]);
  });

  test('is begun once for a key, and lists in pages', async () => {
    const { as } = await saver();
    const friend = await createPerson(app);
    const key = randomUUID();
    const body = { endsAt: inDays(7) };
    const { body: first } = await create(as, [friend.userId], body, key).expect(201);

    const again = await create(as, [friend.userId], body, key).expect(201);
    const answers = await Promise.all([1, 2, 3].map(() => create(as, [friend.userId], body, `${key} 2`)));
    const other = await create(as, [as.userId], body, key).expect(422);
    const { body: page } = await app.client.listChallenges({ as: friend, query: { limit: 1 } }).expect(200);
    const query = { limit: 1, cursor: page.nextCursor ?? '' };
    const { body: last } = await app.client.listChallenges({ as: friend, query }).expect(200);

    expect(again.body).toEqual(first);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(new Set(answers.filter(({ status }) => status === 201).map((answer) => JSON.stringify(answer.body))).size).toBe(1); // prettier-ignore
    expect(other.body.code).toBe('idempotency_key_reused');
    expect([...page.items, ...last.items].map(({ id }) => id)).toContain(first.id);
    expect([page.items.length, last.items.length, last.nextCursor]).toEqual([1, 1, null]);
    expect(await toldTo(friend)).toHaveLength(2);
  });
});

describe('a challenge that makes no sense', () => {
  test.each([
    ['that has ended', () => ({ endsAt: inDays(0) }), 'challenge_end_unfit'],
    ['that never ends', () => ({ endsAt: inDays(367) }), 'challenge_end_unfit'],
  ])('is refused: one %s', async (_, body, code) => {
    const { as } = await saver();

    expect((await create(as, [randomUUID()], body()).expect(422)).body.code).toBe(code);
  });

  test('is refused with another’s pocket, one that is only saved in, closed, or without a target', async () => {
    const [one, two] = [await saver(), await saver()];
    const bare = { pocketId: (await createPocket(app, one.as)).id };
    const { body: invitation } = await app.client
      .createInvitation({ as: two.as, path: two.path, body: { userId: one.as.userId, role: 'contributor' } })
      .expect(201);
    const ask = (body: Partial<Body>) => create(one.as, [two.as.userId], body);

    await ask(two.path).expect(404);
    await ask({ pocketId: randomUUID() }).expect(404);
    await app.client.acceptInvitation({ as: one.as, path: { invitationId: invitation.id } }).expect(200);
    await ask(two.path).expect(403);
    expect((await ask(bare).expect(422)).body.code).toBe('challenge_pocket_unfit');
    await ask({ ...bare, kind: 'streak' }).expect(201);
    await app.client.closePocket({ as: one.as, path: bare, headers: withKey(), body: {} }).expect(200);
    expect((await ask({ ...bare, kind: 'streak' }).expect(409)).body.code).toBe('pocket_closed');
  });

  test('is refused beyond twenty that run, also at the same time', async () => {
    const { as } = await saver();

    const answers = await Promise.all(Array.from({ length: 24 }, () => create(as, [randomUUID()])));

    expect(tally(answers)).toEqual({ 201: 20, 409: 4 });
    app.clock.advance(71 * day);
    await create(as, [randomUUID()]).expect(201);
  });
});

describe('who is in a challenge', () => {
  test('may take part with another pocket, and the same again changes nothing', async () => {
    const { creator, at } = await race('percent', 20);
    const other = { pocketId: (await createPocket(app, creator, { target: eur(10) })).id };

    const { body } = await join(creator, at, other).expect(200);
    const { body: again } = await join(creator, at, other).expect(200);

    expect(body.viewer.pocketId).toBe(other.pocketId);
    expect(again).toEqual(body);
    await join(creator, at, { pocketId: randomUUID() }).expect(404);
  });

  test('is out of it once they decline, leave or are removed', async () => {
    const { creator, path, at, savers } = await race('percent', 20, 30, 40);
    const [leaver, removed] = savers.map(({ as }) => as);
    const declining = await saver();
    const { body } = await create(creator, [declining.as.userId], path).expect(201);
    const other = { challengeId: body.id };
    if (!leaver || !removed) throw new Error('nobody joined');

    expect((await app.client.declineChallenge({ as: leaver, path: at }).expect(409)).body.code).toBe(
      'challenge_joined',
    );
    await takeOut(leaver, at, removed).expect(403);
    await takeOut(leaver, at, leaver).expect(204);
    await takeOut(creator, at, removed).expect(204);
    await app.client.declineChallenge({ as: declining.as, path: other }).expect(204);
    await app.client.declineChallenge({ as: declining.as, path: other }).expect(204);

    for (const [as, named] of [[leaver, at], [removed, at], [declining.as, other]] as const) {
      await see(as, named).expect(404);
      await join(as, named, declining.path).expect(404);
      expect((await app.client.listChallenges({ as }).expect(200)).body.items).toEqual([]);
      await encourage(creator, named, as).expect(404);
    } // prettier-ignore
    await takeOut(creator, at, removed).expect(404);
    expect(await boardOf(creator, at)).toEqual([[creator.userId, 1, 10]]);
  });

  test('takes it over from its creator who leaves; where nobody has joined it ends', async () => {
    const { creator, at, savers } = await race('percent', 20, 30, 40);
    const [first, second] = savers.map(({ as }) => as);
    const lonely = await race('percent', 20);
    if (!first || !second) throw new Error('nobody joined');

    await takeOut(creator, at, creator).expect(204);
    await takeOut(lonely.creator, lonely.at, lonely.creator).expect(204);

    expect((await see(second, at).expect(200)).body.creatorId).toBe(first.userId);
    await takeOut(first, at, second).expect(204);
    await see(lonely.creator, lonely.at).expect(404);
  });

  test('is encouraged once a day by each other, by a notice of their own pocket', async () => {
    const { creator, at, savers } = await race('streak', 10, 10, 10);
    const [one, two] = savers;
    const invited = await saver();
    const { body } = await create(creator, [invited.as.userId]).expect(201);
    if (!one || !two) throw new Error('nobody joined');

    const answers = await Promise.all([1, 2, 3, 4].map(() => encourage(creator, at, one.as)));
    await encourage(two.as, at, one.as).expect(204);
    app.clock.advance(day);
    await encourage(creator, at, one.as).expect(204);

    expect(tally(answers)).toEqual({ 204: 4 });
    const told = (await toldTo(one.as)).filter(({ kind, actor }) => kind === 'pocket_milestone' && actor !== null);
    expect(told.map(({ actor }) => actor)).toEqual([creator.userId, two.as.userId, creator.userId]);
    expect(told[0]?.subject).toEqual({ type: 'pocket', id: one.path.pocketId });
    await encourage(creator, at, creator).expect(403);
    await encourage(invited.as, { challengeId: body.id }, creator).expect(403);
    await encourage(creator, { challengeId: body.id }, invited.as).expect(404);
  });
});

describe('leaving for good', () => {
  test('takes a person out of every challenge, and exports them before', async () => {
    const { as: other, path: brought } = await saver();
    const person = await createPerson(app);
    const path = { pocketId: (await createPocket(app, person)).id };
    const { body: own } = await create(person, [other.userId], { kind: 'streak', ...path }).expect(201);
    await join(other, { challengeId: own.id }, brought).expect(200);
    await encourage(person, { challengeId: own.id }, other).expect(204);

    const exported = await exportOf(person);
    const { body } = await app.social.getClosingBlockers({ as: asService, path: person }).expect(200);
    await app.social.erasePerson({ as: asService, path: person, body: { pseudonym: randomUUID() } }).expect(204);

    expect(exported).toEqual([
      {
        ...{ id: own.id, name: 'Race', kind: 'streak', isCreator: true, pocketId: path.pocketId },
        ...{ createdAt: own.createdAt, endsAt: own.endsAt, joinedAt: own.createdAt },
      },
    ]);
    expect(body.blockers).toEqual([]);
    expect((await see(other, { challengeId: own.id }).expect(200)).body).toMatchObject({ creatorId: other.userId, joinedCount: 1 }); // prettier-ignore
    for (const table of ['challenge', 'challenge_member', 'challenge_cheer', 'pocket_guardian']) {
      const { rows } = await app.owner.query(`select from ${table} t where t::text like '%' || $1 || '%'`, [
        person.userId,
      ]);
      expect([table, rows]).toEqual([table, []]);
    }
    await create(other, [person.userId]).expect(404);
  });
});

/** The records of the last section of an export. */
async function exportOf(path: Person) {
  const records = [];
  let cursor: string | null = null;
  do {
    const query: { cursor?: string } = cursor === null ? {} : { cursor };
    const { body } = await app.social.exportPerson({ as: asService, path, query }).expect(200);
    if (body.section === 'challenges') records.push(...body.items);
    cursor = body.nextCursor;
  } while (cursor !== null);
  return records;
}

describe('at the same time', () => {
  test('members who join, leave and are removed leave one creator, and no trace of who is out', async () => {
    const creator = await saver(20);
    const savers = await Promise.all([10, 20, 30, 40].map((saved) => saver(saved)));
    const { body } = await create(creator.as, savers.map(({ as }) => as.userId), creator.path).expect(201); // prettier-ignore
    const at = { challengeId: body.id };

    const answers = await Promise.all([
      ...savers.flatMap(({ as, path }) => [join(as, at, path), takeOut(creator.as, at, as)]),
      takeOut(creator.as, at, creator.as),
    ]);

    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    const { rows } = await app.owner.query<{ members: number; creators: number }>(
      `select count(*)::int as members, count(*) filter (where m.member_id = c.creator_id)::int as creators
       from challenge c join challenge_member m on m.challenge_id = c.id where c.id = $1`,
      [body.id],
    );
    expect(rows[0]?.creators).toBe(rows[0]?.members === 0 ? 0 : 1);
    await see(creator.as, at).expect(404);
  });
});
