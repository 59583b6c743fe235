import { afterAll, beforeAll, expect, test } from '@jest/globals';
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
const accept = (from: Person, to: Person) => world.social.acceptFollowRequest({ as: to.as, path: { userId: from.id } });
const reject = (from: Person, to: Person) => world.social.rejectFollowRequest({ as: to.as, path: { userId: from.id } });

async function lockedPerson(): Promise<Person> {
  const person = await world.person();
  await world.social.updateMe({ as: person.as, body: { locked: true } }).expect(200);
  return person;
}

async function requestsOf(person: Person, query: { cursor?: string; limit?: number } = {}) {
  const { body } = await world.social.listFollowRequests({ as: person.as, query }).expect(200);
  return body;
}

async function kindsToldTo(person: Person): Promise<string[]> {
  const { body } = await world.social.listNotifications({ as: person.as, query: {} }).expect(200);
  return body.items.map(({ kind }) => kind);
}

async function stateOf(from: Person, to: Person) {
  const { body } = await world.social.getProfile({ as: from.as, path: { handle: to.handle } }).expect(200);
  return body.relationship.following;
}

async function wrongCounts() {
  return world.query(`
    SELECT handle FROM profile p
    WHERE follower_count <> (SELECT count(*) FROM follow f WHERE f.followee_id = p.account_id AND f.state = 'following')
       OR following_count <> (SELECT count(*) FROM follow f WHERE f.follower_id = p.account_id AND f.state = 'following')`);
}

test('shows who asks, the newest first, in pages', async () => {
  const ada = await lockedPerson();
  const askers = [await world.person(), await world.person(), await world.person()];
  for (const asker of askers) {
    world.clock.advance(1_000);
    await follow(asker, ada).expect(200);
  }

  const first = await requestsOf(ada, { limit: 2 });
  const second = await requestsOf(ada, { limit: 2, cursor: first.nextCursor ?? '' });

  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(askers.map(({ id }) => id).reverse());
  expect(first.items[0]).toEqual({
    id: askers[2]?.id,
    handle: askers[2]?.handle,
    displayName: `Name of ${String(askers[2]?.handle)}`,
    avatarUrl: null,
  });
  expect(second.nextCursor).toBeNull();
});

test('an accepted person follows, is told, and sees what followers see, old posts too', async () => {
  const [ada, ben] = [await lockedPerson(), await world.person()];
  const text = 'For followers';
  const { body: post } = await world.social
    .createPost({ as: ada.as, body: { text, visibility: 'followers' } })
    .expect(201);
  await follow(ben, ada).expect(200);
  await world.social.getPost({ as: ben.as, path: { postId: post.id } }).expect(404);

  await accept(ben, ada).expect(204);
  await world.jobsDone();

  expect(await stateOf(ben, ada)).toBe('following');
  expect((await requestsOf(ada)).items).toEqual([]);
  expect(await kindsToldTo(ben)).toEqual(['follow_accepted']);
  expect(await kindsToldTo(ada)).toEqual([]);
  await world.social.getPost({ as: ben.as, path: { postId: post.id } }).expect(200);
  const feed = await world.social.getHomeFeed({ as: ben.as, query: {} }).expect(200);
  expect(feed.body.items.map(({ id }) => id)).toEqual([post.id]);
});

test('accepts once, however often it is asked', async () => {
  const [ada, ben] = [await lockedPerson(), await world.person()];
  await follow(ben, ada).expect(200);

  await accept(ben, ada).expect(204);
  await accept(ben, ada).expect(204);
  await world.social.acceptFollowRequest({ as: ada.as, path: { userId: ben.id.toUpperCase() } }).expect(204);

  expect(await kindsToldTo(ben)).toEqual(['follow_accepted']);
  const { body } = await world.social.getProfile({ as: ada.as, path: { handle: ada.handle } }).expect(200);
  expect(body.profile.counts.followers).toBe(1);
});

test('a rejected person is told nothing, may ask again, and can be accepted then', async () => {
  const [ada, ben] = [await lockedPerson(), await world.person()];
  await follow(ben, ada).expect(200);

  await reject(ben, ada).expect(204);
  await reject(ben, ada).expect(204);

  expect(await stateOf(ben, ada)).toBe('none');
  expect(await kindsToldTo(ben)).toEqual([]);
  await accept(ben, ada).expect(404);
  expect((await follow(ben, ada).expect(200)).body.state).toBe('requested');
  await accept(ben, ada).expect(204);
});

test('rejecting somebody who follows already changes nothing', async () => {
  const [ada, ben] = [await lockedPerson(), await world.person()];
  await follow(ben, ada).expect(200);
  await accept(ben, ada).expect(204);

  await reject(ben, ada).expect(204);

  expect(await stateOf(ben, ada)).toBe('following');
});

test('does not accept who has not asked, who does not exist, or oneself', async () => {
  const [ada, ben] = [await lockedPerson(), await world.person()];

  const answers = [
    await accept(ben, ada).expect(404),
    await accept(ada, ada).expect(404),
    await world.social.acceptFollowRequest({ as: ada.as, path: { userId: missing } }).expect(404),
  ];

  expect(answers.map(({ body }) => body.code)).toEqual(['not_found', 'not_found', 'not_found']);
  await world.social.rejectFollowRequest({ as: ada.as, path: { userId: missing } }).expect(204);
  await world.social.acceptFollowRequest({ as: ada.as, path: { userId: 'x' } }).expect(400);
});

test("cannot accept on another's behalf", async () => {
  const [ada, ben, eve] = [await lockedPerson(), await world.person(), await world.person()];
  await follow(ben, ada).expect(200);

  await world.social.acceptFollowRequest({ as: eve.as, path: { userId: ben.id } }).expect(404);
  await world.social.rejectFollowRequest({ as: eve.as, path: { userId: ben.id } }).expect(204);

  expect(await stateOf(ben, ada)).toBe('requested');
});

test('a suspended person may refuse but not accept', async () => {
  const [ada, ben] = [await lockedPerson(), await world.person()];
  await follow(ben, ada).expect(200);
  await world.query('UPDATE account SET suspended_at = now() WHERE id = $1', ada.id);

  const refused = await accept(ben, ada).expect(403);

  expect(refused.body.code).toBe('account_suspended');
  await reject(ben, ada).expect(204);
});

test('unlocking accepts nobody; who asks again then follows', async () => {
  const [ada, ben] = [await lockedPerson(), await world.person()];
  await follow(ben, ada).expect(200);

  await world.social.updateMe({ as: ada.as, body: { locked: false } }).expect(200);

  expect(await stateOf(ben, ada)).toBe('requested');
  expect((await requestsOf(ada)).items.map(({ id }) => id)).toEqual([ben.id]);
  expect((await follow(ben, ada).expect(200)).body.state).toBe('following');
  expect((await requestsOf(ada)).items).toEqual([]);
  expect(await kindsToldTo(ada)).toEqual(['follow']);
  expect(await wrongCounts()).toEqual([]);
});

test('a request of somebody who was blocked or is leaving is gone from the list and cannot be accepted', async () => {
  const [ada, ben, eve] = [await lockedPerson(), await world.person(), await world.person()];
  await follow(ben, ada).expect(200);
  await follow(eve, ada).expect(200);

  await world.social.blockUser({ as: ben.as, path: { userId: ada.id } }).expect(204);
  await world.query('INSERT INTO account_closure VALUES ($1, now(), now())', eve.id);

  expect((await requestsOf(ada)).items).toEqual([]);
  await accept(ben, ada).expect(404);
  await accept(eve, ada).expect(404);
});

test('what was told of a follow is gone with it', async () => {
  const [ada, ben] = [await lockedPerson(), await world.person()];
  await follow(ben, ada).expect(200);
  await accept(ben, ada).expect(204);

  await world.social.removeFollower({ as: ada.as, path: { userId: ben.id } }).expect(204);

  expect(await kindsToldTo(ben)).toEqual([]);
});

test('counts are right after everything at once', async () => {
  const ada = await lockedPerson();
  const askers = await Promise.all(Array.from({ length: 8 }, () => world.person()));
  await Promise.all(askers.map((asker) => follow(asker, ada)));

  const answers = await Promise.all(
    askers.flatMap((asker, place) => [
      accept(asker, ada),
      accept(asker, ada),
      ...(place % 3 === 0 ? [unfollow(asker, ada)] : []),
      ...(place % 3 === 1 ? [reject(asker, ada), follow(asker, ada)] : []),
      ...(place % 4 === 0 ? [world.social.blockUser({ as: ada.as, path: { userId: asker.id } })] : []),
    ]),
  );

  expect(answers.filter(({ status }) => status >= 500 && status !== 503)).toEqual([]);
  expect(await wrongCounts()).toEqual([]);
});
