import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const unreadOf = async ({ as }: Person) =>
  (await world.social.getHome({ as, query: {} }).expect(200)).body.notifications.unread;
const listOf = async ({ as }: Person) =>
  (await world.social.listNotifications({ as, query: {} }).expect(200)).body.items;

async function post({ as }: Person, replyToId?: string): Promise<string> {
  const body = { text: 'Hello', visibility: 'public', ...(replyToId !== undefined && { replyToId }) } as const;
  return (await world.social.createPost({ as, body }).expect(201)).body.id;
}

test('tells of a follow, a reaction and a reply, and not of what is taken back', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const id = await post(ada);
  await world.social.followUser({ as: ben.as, path: { userId: ada.id } }).expect(200);
  world.clock.advance(1_000);
  await world.social.setReaction({ as: ben.as, path: { postId: id, kind: 'like' } }).expect(200);
  await world.social.setReaction({ as: ben.as, path: { postId: id, kind: 'love' } }).expect(200);
  world.clock.advance(1_000);
  const reply = await post(ben, id);
  await post(ada, id);

  const told = await listOf(ada);

  expect(told.map(({ kind, postId }) => ({ kind, postId }))).toEqual([
    { kind: 'reply', postId: reply },
    { kind: 'reaction', postId: id },
    { kind: 'follow', postId: null },
  ]);
  expect(told[0]?.actor).toMatchObject({ id: ben.id, handle: ben.handle });
  expect(await unreadOf(ada)).toBe(3);
  await world.social.deleteReaction({ as: ben.as, path: { postId: id, kind: 'love' } }).expect(204);
  await world.social.unfollowUser({ as: ben.as, path: { userId: ada.id } }).expect(204);
  await world.social.deletePost({ as: ben.as, path: { postId: reply } }).expect(204);
  expect(await listOf(ada)).toEqual([]);
  expect(await unreadOf(ada)).toBe(0);
});

test('the marker makes what was read no longer unread, and never moves back', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  for (let count = 0; count < 3; count += 1) {
    world.clock.advance(1_000);
    await world.social.setReaction({ as: ben.as, path: { postId: await post(ada), kind: 'like' } }).expect(200);
  }
  const [newest, , oldest] = await listOf(ada);
  const put = (lastReadId = '', version = 0) =>
    world.social.putMarker({ as: ada.as, path: { timeline: 'notifications' }, body: { lastReadId, version } });

  expect((await put(newest?.id, 0).expect(200)).body).toEqual({
    timeline: 'notifications',
    lastReadId: newest?.id,
    version: 1,
  });
  expect(await unreadOf(ada)).toBe(0);

  const stale = await put(oldest?.id, 0).expect(409);
  expect(stale.body).toMatchObject({ code: 'marker_stale', current: { lastReadId: newest?.id, version: 1 } });
  expect((await put(oldest?.id, 1).expect(200)).body.lastReadId).toBe(newest?.id);
  expect(await unreadOf(ada)).toBe(0);
});

test('one of two devices that move the marker at once is told that it is stale', async () => {
  const ada = await world.person();
  const body = { lastReadId: '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e', version: 0 };

  const answers = await Promise.all(
    [1, 2, 3].map(() => world.social.putMarker({ as: ada.as, path: { timeline: 'notifications' }, body })),
  );

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
});

test.each([
  { lastReadId: 'x', version: 0 },
  { lastReadId: '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e', version: -1 },
  { lastReadId: '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e', version: 9007199254740993 },
  { lastReadId: '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e' },
])('refuses the marker %j', async (body) => {
  const { as } = await world.person();

  await world.social
    .putMarker({ as, path: { timeline: 'notifications' }, body: body as { lastReadId: string; version: number } })
    .expect(400);
});
