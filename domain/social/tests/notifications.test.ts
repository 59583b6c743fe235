import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
  // The day of a group ends at midnight in UTC; these tests stay within one.
  const noon = world.clock.now();
  noon.setUTCHours(12, 0, 0, 0);
  world.clock.set(noon);
});
afterAll(() => world.close());

const missing = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';
const second = 1_000;
const day = 86_400_000;

const unreadOf = async ({ as }: Person) =>
  (await world.social.getHome({ as, query: {} }).expect(200)).body.notifications.unread;
const pageOf = async ({ as }: Person, query: { limit?: number; cursor?: string } = {}) =>
  (await world.social.listNotifications({ as, query }).expect(200)).body;
const listOf = async (person: Person) => (await pageOf(person)).items;
const namesOf = (actors: { handle: string }[] | undefined) => actors?.map(({ handle }) => handle);

async function post(
  { as }: Person,
  more: { replyToId?: string; visibility?: 'public' | 'followers' } = {},
): Promise<string> {
  const body = { text: 'Hello', visibility: 'public', ...more } as const;
  return (await world.social.createPost({ as, body }).expect(201)).body.id;
}
async function like({ as }: Person, postId: string): Promise<void> {
  world.clock.advance(second);
  await world.social.setReaction({ as, path: { postId, kind: 'like' } }).expect(200);
}
const follow = ({ as }: Person, { id }: Person) => world.social.followUser({ as, path: { userId: id } }).expect(200);
const putMarker = ({ as }: Person, lastReadId = '', version = 0) =>
  world.social.putMarker({ as, path: { timeline: 'notifications' }, body: { lastReadId, version } });
const get = ({ as }: Person, notificationId = '') => world.social.getNotification({ as, path: { notificationId } });
const remove = ({ as }: Person, notificationId = '') =>
  world.social.deleteNotification({ as, path: { notificationId } });
const people = async (count: number) => {
  const made: Person[] = [];
  for (let n = 0; n < count; n += 1) made.push(await world.person());
  return made;
};

test('tells of a follow, a reaction and a reply, and not of what is taken back', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const id = await post(ada);
  await follow(ben, ada);
  world.clock.advance(second);
  await world.social.setReaction({ as: ben.as, path: { postId: id, kind: 'like' } }).expect(200);
  await world.social.setReaction({ as: ben.as, path: { postId: id, kind: 'love' } }).expect(200);
  world.clock.advance(second);
  const reply = await post(ben, { replyToId: id });
  await post(ada, { replyToId: id });

  const told = await listOf(ada);

  expect(told.map(({ kind, postId }) => ({ kind, postId }))).toEqual([
    { kind: 'reply', postId: reply },
    { kind: 'reaction', postId: id },
    { kind: 'follow', postId: null },
  ]);
  expect(told[0]).toMatchObject({ actors: [{ id: ben.id, handle: ben.handle }], count: 1, read: false, subject: null });
  expect(await unreadOf(ada)).toBe(3);
  await world.social.deleteReaction({ as: ben.as, path: { postId: id, kind: 'love' } }).expect(204);
  await world.social.unfollowUser({ as: ben.as, path: { userId: ada.id } }).expect(204);
  await world.social.deletePost({ as: ben.as, path: { postId: reply } }).expect(204);
  expect(await listOf(ada)).toEqual([]);
  expect(await unreadOf(ada)).toBe(0);
});

test('five likes of one post are one group, with the three who came last', async () => {
  const [ada, ben, cleo, dan, eve, fay] = (await people(6)) as [Person, Person, Person, Person, Person, Person];
  const id = await post(ada);
  for (const fan of [ben, cleo, dan, eve, fay]) await like(fan, id);

  const told = await listOf(ada);

  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ kind: 'reaction', postId: id, count: 5, read: false });
  expect(namesOf(told[0]?.actors)).toEqual([fay.handle, eve.handle, dan.handle]);
  expect(told[0]?.latestAt).toBe(world.clock.now().toISOString());
  await get(ada, told[0]?.id).expect(200);
});

test('likes that come at the same moment are one group', async () => {
  const [ada, ...fans] = (await people(7)) as [Person, ...Person[]];
  const id = await post(ada);

  await Promise.all(
    fans.map(({ as }) => world.social.setReaction({ as, path: { postId: id, kind: 'like' } }).expect(200)),
  );

  expect(await listOf(ada)).toMatchObject([{ count: 6 }]);
  expect(await unreadOf(ada)).toBe(6);
});

test('another post, another kind, another day and what was read each begin a group', async () => {
  const [ada, ben, cleo] = (await people(3)) as [Person, Person, Person];
  const [first, other] = [await post(ada), await post(ada)];
  await like(ben, first);
  await like(ben, other);
  world.clock.advance(second);
  await follow(ben, ada);
  const [newest] = await listOf(ada);
  await putMarker(ada, newest?.id).expect(200);
  await like(cleo, first);
  world.clock.advance(second);
  await follow(cleo, ada);
  world.clock.advance(day);
  await like(await world.person(), first);

  const told = await listOf(ada);

  expect(told.map(({ kind, postId, read, count }) => [kind, postId, read, count])).toEqual([
    ['reaction', first, false, 1],
    ['follow', null, false, 1],
    ['reaction', first, false, 1],
    ['follow', null, true, 1],
    ['reaction', other, true, 1],
    ['reaction', first, true, 1],
  ]);
  world.clock.advance(-day);
});

test('pages show each group once, whatever comes and goes between them', async () => {
  const [ada, ben, cleo, dan] = (await people(4)) as [Person, Person, Person, Person];
  const posts: string[] = [];
  for (let n = 0; n < 5; n += 1) posts.push(await post(ada));
  for (const id of posts) await like(ben, id);
  for (const id of posts) await like(cleo, id);
  const seen: (string | null)[] = [];

  const first = await pageOf(ada, { limit: 2 });
  seen.push(...first.items.map(({ postId }) => postId));
  // What was on the page loses its newest, what is to come loses its only one, and something new arrives.
  await world.social.deleteReaction({ as: cleo.as, path: { postId: posts[4] ?? '', kind: 'like' } }).expect(204);
  await world.social.deleteReaction({ as: ben.as, path: { postId: posts[0] ?? '', kind: 'like' } }).expect(204);
  await world.social.deleteReaction({ as: cleo.as, path: { postId: posts[0] ?? '', kind: 'like' } }).expect(204);
  await like(dan, await post(ada));
  for (let cursor = first.nextCursor; cursor !== null;) {
    const page = await pageOf(ada, { limit: 2, cursor });
    seen.push(...page.items.map(({ postId }) => postId));
    cursor = page.nextCursor;
  }

  expect(seen).toEqual([posts[4], posts[3], posts[2], posts[1]]);
  await world.social.listNotifications({ as: ada.as, query: { cursor: 'x' } }).expect(400);
  await world.social.listNotifications({ as: ada.as, query: { limit: 101 } }).expect(400);
});

test('a person counts once among the actors', async () => {
  const [ada, ben, cleo] = (await people(3)) as [Person, Person, Person];
  await follow(ben, ada);
  await world.query(
    `INSERT INTO notification (id, account_id, kind, actor_id, created_at)
     SELECT uuidv7(), $1, 'follow', actor, $3 FROM unnest($2::uuid[]) actor`,
    ada.id,
    [ben.id, ben.id, cleo.id],
    world.clock.now(),
  );

  const [group] = await listOf(ada);

  expect(group?.count).toBe(4);
  expect(namesOf(group?.actors)?.sort()).toEqual([ben.handle, cleo.handle].sort());
});

test('the marker makes what was read no longer unread, and never moves back', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  for (let count = 0; count < 3; count += 1) await like(ben, await post(ada));
  const [newest, , oldest] = await listOf(ada);

  expect((await putMarker(ada, newest?.id, 0).expect(200)).body).toEqual({
    timeline: 'notifications',
    lastReadId: newest?.id,
    version: 1,
  });
  expect(await unreadOf(ada)).toBe(0);
  expect((await listOf(ada)).map(({ read }) => read)).toEqual([true, true, true]);

  const stale = await putMarker(ada, oldest?.id, 0).expect(409);
  expect(stale.body).toMatchObject({ code: 'marker_stale', current: { lastReadId: newest?.id, version: 1 } });
  expect((await putMarker(ada, oldest?.id.toUpperCase(), 1).expect(200)).body.lastReadId).toBe(newest?.id);
  expect(await unreadOf(ada)).toBe(0);
});

test('one of two devices that move the marker at once is told that it is stale', async () => {
  const ada = await world.person();

  const answers = await Promise.all([1, 2, 3].map(() => putMarker(ada, missing, 0)));

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
});

test.each([
  { lastReadId: 'x', version: 0 },
  { lastReadId: missing, version: -1 },
  { lastReadId: missing, version: 9007199254740993 },
  { lastReadId: missing },
])('refuses the marker %j', async (body) => {
  const { as } = await world.person();

  await world.social
    .putMarker({ as, path: { timeline: 'notifications' }, body: body as { lastReadId: string; version: number } })
    .expect(400);
});

test("one notification is its own person's alone", async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const id = await post(ada);
  await like(ben, id);
  const [group] = await listOf(ada);

  expect((await get(ada, group?.id).expect(200)).body).toMatchObject({
    id: group?.id,
    kind: 'reaction',
    actor: { handle: ben.handle },
    postId: id,
    subject: null,
    read: false,
    request: false,
  });
  const foreign = await get(ben, group?.id).expect(404);
  const nothing = await get(ben, missing).expect(404);
  expect({ ...foreign.body, instance: '' }).toEqual({ ...nothing.body, instance: '' });
  await remove(ben, group?.id).expect(404);
  await get(ada, 'x').expect(400);
});

test('dismissing a group leaves what came to it afterwards', async () => {
  const [ada, ben, cleo, dan] = (await people(4)) as [Person, Person, Person, Person];
  const id = await post(ada);
  await like(ben, id);
  await like(cleo, id);
  const [shown] = await listOf(ada);
  await like(dan, id);

  await remove(ada, shown?.id).expect(204);

  expect(await listOf(ada)).toMatchObject([{ count: 1, actors: [{ handle: dan.handle }] }]);
  await remove(ada, shown?.id).expect(404);
  await remove(ada, (await listOf(ada))[0]?.id).expect(204);
  expect(await listOf(ada)).toEqual([]);
  expect(await unreadOf(ada)).toBe(0);
});

test('blocked and muted people make no notification, and theirs from before are gone', async () => {
  const [ada, ben, cleo, dan] = (await people(4)) as [Person, Person, Person, Person];
  const id = await post(ada);
  for (const fan of [ben, cleo, dan]) await like(fan, id);

  await world.social.blockUser({ as: ben.as, path: { userId: ada.id } }).expect(204);
  await world.social.muteUser({ as: ada.as, path: { userId: cleo.id }, body: {} }).expect(200);

  expect(await listOf(ada)).toMatchObject([{ count: 1, actors: [{ handle: dan.handle }] }]);
  expect(await unreadOf(ada)).toBe(1);
  await like(cleo, await post(ada));
  expect(await listOf(ada)).toHaveLength(1);
  await world.social.unmuteUser({ as: ada.as, path: { userId: cleo.id } }).expect(204);
  // What happened under the mute was never told; what happened before is heard again.
  expect(await listOf(ada)).toMatchObject([{ count: 2 }]);
});

test('a reply with a muted word is not told', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  await world.social.createMutedWord({ as: ada.as, body: { phrase: 'hello' } }).expect(201);

  await post(ben, { replyToId: await post(ada) });

  expect(await listOf(ada)).toEqual([]);
  expect(await unreadOf(ada)).toBe(0);
});

test('a reply that its reader may no longer open is no longer told', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  await follow(ada, ben);
  await post(ben, { replyToId: await post(ada), visibility: 'followers' });
  const [told] = await listOf(ada);
  expect(told?.kind).toBe('reply');

  await world.social.unfollowUser({ as: ada.as, path: { userId: ben.id } }).expect(204);

  expect(await listOf(ada)).toEqual([]);
  expect(await unreadOf(ada)).toBe(0);
  await get(ada, told?.id).expect(404);
});

test('a notification written without a group finds its own', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const id = await post(ada);
  await like(ben, id);

  await world.query(
    `INSERT INTO notification (id, account_id, kind, actor_id, post_id, created_at) VALUES ($1, $2, 'reaction', $3, $4, $5)`,
    randomUUID(),
    ada.id,
    ben.id,
    id,
    world.clock.now(),
  );

  expect(await listOf(ada)).toMatchObject([{ count: 2 }]);
});

test('is read by keys, whatever the number of people and posts', async () => {
  const ada = await world.person();
  await world.query(
    `INSERT INTO account (id, email, password_hash, created_at, last_active_at)
     SELECT uuidv7(), 'crowd' || n || '@example.com', '', now(), now() FROM generate_series(1, 3000) n`,
  );
  await world.query(
    `INSERT INTO profile (account_id, handle, display_name)
     SELECT id, 'crowd' || row_number() OVER (), '' FROM account WHERE email LIKE 'crowd%'`,
  );
  await world.query(
    `INSERT INTO post (id, author_id, text, visibility, created_at)
     SELECT uuidv7(), account_id, '', 'public', now() FROM profile WHERE handle LIKE 'crowd%'`,
  );
  await world.query('ANALYZE account, profile, post');

  const rows = await world.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN SELECT * FROM heard_notifications('${ada.id}', now())`,
  );

  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('profile_pkey');
  expect(plan).toContain('post_pkey');
  expect(plan).not.toMatch(/Seq Scan on (profile|post)\b/);
});
