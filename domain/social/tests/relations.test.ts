import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { limits } from '../services/limits.ts';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const missing = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';
const follow = (from: Person, to: Person) => world.social.followUser({ as: from.as, path: { userId: to.id } });
const unfollow = (from: Person, to: Person) => world.social.unfollowUser({ as: from.as, path: { userId: to.id } });

async function countsOf(person: Person) {
  const { body } = await world.social.getProfile({ as: person.as, path: { handle: person.handle } }).expect(200);
  return body.profile.counts;
}

test('follows once, however often it is asked', async () => {
  const [ada, ben] = [await world.person(), await world.person()];

  expect((await follow(ada, ben).expect(200)).body).toEqual({ state: 'following' });
  await follow(ada, ben).expect(200);

  expect(await countsOf(ada)).toMatchObject({ followers: 0, following: 1 });
  expect(await countsOf(ben)).toMatchObject({ followers: 1, following: 0 });
  await unfollow(ada, ben).expect(204);
  await unfollow(ada, ben).expect(204);
  expect(await countsOf(ben)).toMatchObject({ followers: 0 });
});

test('a locked account is asked, not followed', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  await world.social.updateMe({ as: ben.as, body: { locked: true } }).expect(200);

  expect((await follow(ada, ben).expect(200)).body).toEqual({ state: 'requested' });

  expect(await countsOf(ben)).toMatchObject({ followers: 0 });
  const { body } = await world.social.getProfile({ as: ada.as, path: { handle: ben.handle } }).expect(200);
  expect(body.relationship.following).toBe('requested');
  await unfollow(ada, ben).expect(204);
});

test('refuses to follow or block oneself, or nobody', async () => {
  const ada = await world.person();

  expect((await follow(ada, ada).expect(422)).body.code).toBe('self_relation');
  await world.social.blockUser({ as: ada.as, path: { userId: ada.id } }).expect(422);
  await world.social.followUser({ as: ada.as, path: { userId: missing } }).expect(404);
  await world.social.blockUser({ as: ada.as, path: { userId: missing } }).expect(404);
  await world.social.followUser({ as: ada.as, path: { userId: 'x' } }).expect(400);
  await world.social.unfollowUser({ as: ada.as, path: { userId: missing } }).expect(204);
});

test('a block ends follows both ways and hides each from the other', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  await follow(ada, ben).expect(200);
  await follow(ben, ada).expect(200);

  await world.social.blockUser({ as: ada.as, path: { userId: ben.id } }).expect(204);

  expect(await countsOf(ada)).toMatchObject({ followers: 0, following: 0 });
  expect(await countsOf(ben)).toMatchObject({ followers: 0, following: 0 });
  await world.social.getProfile({ as: ada.as, path: { handle: ben.handle } }).expect(404);
  await world.social.getProfile({ as: ben.as, path: { handle: ada.handle } }).expect(404);
  await follow(ben, ada).expect(404);
  await world.social.unblockUser({ as: ada.as, path: { userId: ben.id } }).expect(204);
  await follow(ben, ada).expect(200);
});

test('who was blocked can block in return, and stays hidden when the first takes it back', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  await world.social.blockUser({ as: ada.as, path: { userId: ben.id } }).expect(204);

  await world.social.blockUser({ as: ben.as, path: { userId: ada.id } }).expect(204);
  await world.social.unblockUser({ as: ada.as, path: { userId: ben.id } }).expect(204);

  await world.social.getProfile({ as: ada.as, path: { handle: ben.handle } }).expect(404);
});

test('shows whom one has blocked, the last one first, in pages, to oneself alone', async () => {
  const [ada, ben, cleo, dora] = [
    await world.person(),
    await world.person(),
    await world.person(),
    await world.person(),
  ];
  for (const person of [ben, cleo, dora]) {
    world.clock.advance(1_000);
    await world.social.blockUser({ as: ada.as, path: { userId: person.id } }).expect(204);
  }

  const first = await world.social.listBlocks({ as: ada.as, query: { limit: 2 } }).expect(200);
  const cursor = first.body.nextCursor ?? '';
  const second = await world.social.listBlocks({ as: ada.as, query: { limit: 2, cursor } }).expect(200);

  const seen = [...first.body.items, ...second.body.items].map(({ id }) => id);
  expect(seen).toEqual([dora.id, cleo.id, ben.id]);
  expect(second.body.nextCursor).toBeNull();
  expect((await world.social.listBlocks({ as: ben.as, query: {} }).expect(200)).body.items).toEqual([]);
  await world.social.unblockUser({ as: ada.as, path: { userId: dora.id } }).expect(204);
  await world.query('INSERT INTO account_closure VALUES ($1, now(), now())', cleo.id);
  const left = await world.social.listBlocks({ as: ada.as, query: {} }).expect(200);
  expect(left.body.items.map(({ id }) => id)).toEqual([ben.id]);
});

test('somebody whose account is being deleted cannot be followed', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  await world.query('INSERT INTO account_closure VALUES ($1, now(), now())', ben.id);

  expect((await follow(ada, ben).expect(404)).body.code).toBe('not_found');
});

test('limits how often a person follows, blocks and mutes, until the window ends', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  await follow(ada, ben).expect(200);
  await world.query('UPDATE limit_window SET used = $1 WHERE ends_at > $2', limits.follow.quota, world.clock.now());

  const refused = await follow(ada, ben).expect(429);

  expect(refused.body.code).toBe('rate_limited');
  expect(refused.headers).toMatchObject({
    'retry-after': '3600',
    'ratelimit-policy': `"follow";q=${String(limits.follow.quota)};w=3600`,
    ratelimit: '"follow";r=0;t=3600',
  });
  await world.social.blockUser({ as: ada.as, path: { userId: ben.id } }).expect(429);
  await world.social.muteUser({ as: ada.as, path: { userId: ben.id }, body: {} }).expect(429);
  await unfollow(ada, ben).expect(204);
  await follow(ben, ada).expect(200);
  world.clock.advance(3_600_000);
  await follow(ada, ben).expect(200);
});

test('counts stay right while many follow and unfollow at once', async () => {
  const people = await Promise.all(Array.from({ length: 8 }, () => world.person()));
  const pairs = people.flatMap((from) => people.filter((to) => to !== from).map((to) => ({ from, to })));

  const work = pairs.flatMap(({ from, to }, place) => [
    follow(from, to),
    ...(place % 3 === 0 ? [unfollow(from, to)] : []),
  ]);
  const answers = await Promise.all(work);

  expect(answers.filter(({ status }) => status >= 500 && status !== 503)).toEqual([]);
  const wrong = await world.query(`
    SELECT handle FROM profile p
    WHERE follower_count <> (SELECT count(*) FROM follow f WHERE f.followee_id = p.account_id AND f.state = 'following')
       OR following_count <> (SELECT count(*) FROM follow f WHERE f.follower_id = p.account_id AND f.state = 'following')`);
  expect(wrong).toEqual([]);
});
