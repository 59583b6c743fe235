import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const missing = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';

async function follow(from: Person, to: Person): Promise<void> {
  world.clock.advance(1_000);
  await world.social.followUser({ as: from.as, path: { userId: to.id } }).expect(200);
}

async function lists(viewer: Person, of: Person) {
  const call = { as: viewer.as, path: { userId: of.id }, query: {} };
  const [followers, following] = [
    await world.social.listFollowers(call).expect(200),
    await world.social.listFollowing(call).expect(200),
  ];
  const seen = ({ body }: typeof followers) => ({ ids: body.items.map(({ id }) => id), hidden: body.hidden });
  return { followers: seen(followers), following: seen(following) };
}

const everybody = (count: number) => Promise.all(Array.from({ length: count }, () => world.person()));
const shown = (...people: Person[]) => ({ ids: people.map(({ id }) => id), hidden: false });
const hidden = { ids: [], hidden: true };

test('shows followers and followed, who began last first, without requests', async () => {
  const [ada, ben, cleo, dora, viewer] = (await everybody(5)) as [Person, Person, Person, Person, Person];
  await world.social.updateMe({ as: dora.as, body: { locked: true } }).expect(200);
  await follow(ben, ada);
  await follow(cleo, ada);
  await follow(ada, cleo);
  await follow(ada, dora);
  await follow(ada, ben);

  expect(await lists(viewer, ada)).toEqual({ followers: shown(cleo, ben), following: shown(ben, cleo) });
  expect((await lists(viewer, dora)).followers).toEqual(shown());
});

test('shows each person once while others come and go', async () => {
  const ada = await world.person();
  const followers = await everybody(5);
  for (const follower of followers) await follow(follower, ada);
  const page = async (query: { limit: number; cursor?: string }) =>
    (await world.social.listFollowers({ as: ada.as, path: { userId: ada.id }, query }).expect(200)).body;

  const first = await page({ limit: 2 });
  await follow(await world.person(), ada);
  await world.social.removeFollower({ as: ada.as, path: { userId: first.items[1]?.id ?? '' } }).expect(204);
  const second = await page({ limit: 2, cursor: first.nextCursor ?? '' });
  const third = await page({ limit: 2, cursor: second.nextCursor ?? '' });

  const seen = [...first.items, ...second.items, ...third.items].map(({ id }) => id);
  expect(seen).toEqual(followers.map(({ id }) => id).reverse());
  expect(third.nextCursor).toBeNull();
});

test.each([{ limit: 0 }, { limit: 101 }, { cursor: 'x' }, { cursor: 'eyJpZCI6IjEifQ' }])(
  'refuses the page %j',
  async (query) => {
    const ada = await world.person();

    await world.social.listFollowers({ as: ada.as, path: { userId: ada.id }, query }).expect(400);
    await world.social.listFollowRequests({ as: ada.as, query }).expect(400);
    await world.social.listBlocks({ as: ada.as, query }).expect(400);
    await world.social.listMutes({ as: ada.as, query }).expect(400);
  },
);

describe('whom a person shows their lists', () => {
  const rows: ['everyone' | 'followers' | 'me', boolean, boolean][] = [
    ['everyone', true, true],
    ['followers', true, false],
    ['me', false, false],
  ];
  test.each(rows)('%s', async (followsVisibility, seenByFollower, seenByStranger) => {
    const [ada, ben, stranger, asking] = (await everybody(4)) as [Person, Person, Person, Person];
    await follow(ben, ada);
    await world.social.updateMe({ as: ada.as, body: { followsVisibility, locked: true } }).expect(200);
    await follow(asking, ada);

    const list = { followers: shown(ben), following: shown() };
    const nothing = { followers: hidden, following: hidden };
    expect(await lists(ada, ada)).toEqual(list);
    expect(await lists(ben, ada)).toEqual(seenByFollower ? list : nothing);
    expect(await lists(stranger, ada)).toEqual(seenByStranger ? list : nothing);
    expect(await lists(asking, ada)).toEqual(seenByStranger ? list : nothing);
  });
});

test('leaves out who is blocked either way or is leaving, and is not found across a block', async () => {
  const [ada, blocked, blocking, leaving, viewer] = (await everybody(5)) as [Person, Person, Person, Person, Person];
  for (const person of [blocked, blocking, leaving]) await follow(person, ada);
  await world.social.blockUser({ as: viewer.as, path: { userId: blocked.id } }).expect(204);
  await world.social.blockUser({ as: blocking.as, path: { userId: viewer.id } }).expect(204);
  await world.query('INSERT INTO account_closure VALUES ($1, now(), now())', leaving.id);

  expect((await lists(viewer, ada)).followers).toEqual(shown());
  expect((await lists(ada, ada)).followers).toEqual(shown(blocking, blocked));
  for (const hiddenOne of [blocked.id, blocking.id, leaving.id, missing]) {
    const call = { as: viewer.as, path: { userId: hiddenOne }, query: {} };
    expect((await world.social.listFollowers(call).expect(404)).body.code).toBe('not_found');
    expect((await world.social.listFollowing(call).expect(404)).body.code).toBe('not_found');
  }
  expect((await lists(leaving, leaving)).following).toEqual(shown(ada));
});

test('a removed follower no longer follows, once, and is told nothing', async () => {
  const [ada, ben] = (await everybody(2)) as [Person, Person];
  await follow(ben, ada);

  await world.social.removeFollower({ as: ada.as, path: { userId: ben.id.toUpperCase() } }).expect(204);
  await world.social.removeFollower({ as: ada.as, path: { userId: ben.id } }).expect(204);
  await world.social.removeFollower({ as: ada.as, path: { userId: missing } }).expect(204);
  await world.social.removeFollower({ as: ada.as, path: { userId: ada.id } }).expect(204);

  expect((await lists(ada, ada)).followers).toEqual(shown());
  const { body } = await world.social.getProfile({ as: ben.as, path: { handle: ada.handle } }).expect(200);
  expect(body.relationship.following).toBe('none');
  expect(body.profile.counts.followers).toBe(0);
  const told = await world.social.listNotifications({ as: ben.as, query: {} }).expect(200);
  expect(told.body.items).toEqual([]);
});
