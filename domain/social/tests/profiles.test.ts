import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const missing = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';

test('changes what is named and leaves the rest', async () => {
  const { as } = await world.person('ada');

  const { body } = await world.social.updateMe({ as, body: { bio: 'Counts on engines.', locked: true } }).expect(200);

  expect(body).toMatchObject({ handle: 'ada', displayName: 'Name of ada', bio: 'Counts on engines.', locked: true });
});

test('refuses a change made on an older version', async () => {
  const { as } = await world.person();
  const read = await world.social.getMe({ as }).expect(200);
  const ifMatch = { 'If-Match': read.headers['etag'] ?? '' };
  await world.social.updateMe({ as, body: { bio: 'one' }, headers: ifMatch }).expect(200);

  const stale = await world.social.updateMe({ as, body: { bio: 'two' }, headers: ifMatch }).expect(412);

  expect(stale.body.code).toBe('precondition_failed');
  expect((await world.social.getMe({ as }).expect(200)).body.bio).toBe('one');
});

test.each([[{}], [{ displayName: '' }], [{ bio: 'x'.repeat(501) }], [{ locked: 'yes' }], [{ balance: 1 }]])(
  'refuses the change %j',
  async (body) => {
    const { as } = await world.person();

    await world.social.updateMe({ as, body: body as { bio: string } }).expect(400);
  },
);

test("takes the caller's own picture as avatar, and nobody else's", async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const avatarMediaId = await world.picture(ada);

  await world.social.updateMe({ as: ben.as, body: { avatarMediaId } }).expect(404);
  const { body } = await world.social.updateMe({ as: ada.as, body: { avatarMediaId } }).expect(200);

  const picture = await fetch(body.avatarUrl ?? '');
  expect(picture.headers.get('content-type')).toBe('image/webp');
  const without = await world.social.updateMe({ as: ada.as, body: { avatarMediaId: null } }).expect(200);
  expect(without.body.avatarUrl).toBeNull();
});

test('does not take a picture that is not ready', async () => {
  const { as } = await world.person();
  const media = { contentType: 'image/png', byteLength: 10 } as const;
  const { body } = await world.social.createMedia({ as, body: media }).expect(201);

  const refused = await world.social.updateMe({ as, body: { avatarMediaId: body.mediaId } }).expect(409);

  expect(refused.body.code).toBe('media_not_ready');
});

test('shows a profile and how the caller stands to it', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  await world.social.followUser({ as: ada.as, path: { userId: ben.id } }).expect(200);

  const { body } = await world.social
    .getProfile({ as: ada.as, path: { handle: ben.handle.toUpperCase() } })
    .expect(200);

  expect(body.profile).toMatchObject({ id: ben.id, counts: { posts: 0, followers: 1, following: 0 } });
  expect(body.relationship).toEqual({ self: false, following: 'following', followedBy: false });
  const back = await world.social.getProfile({ as: ben.as, path: { handle: ada.handle } }).expect(200);
  expect(back.body.relationship).toEqual({ self: false, following: 'none', followedBy: true });
  const own = await world.social.getProfile({ as: ben.as, path: { handle: ben.handle } }).expect(200);
  expect(own.body.relationship).toEqual({ self: true, following: 'none', followedBy: false });
});

test('does not find a profile that is not there', async () => {
  const { as } = await world.person();

  await world.social.getProfile({ as, path: { handle: 'nobody_here' } }).expect(404);
});

test('gives several people at once, to members and to services', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const ids = [ada.id, ben.id, missing].join(',') as unknown as string[];

  const asMember = await world.social.listProfiles({ as: ada.as, query: { ids } }).expect(200);
  const asService = await world.social.listProfiles({ as: { service: true }, query: { ids } }).expect(200);

  expect(asMember.body.items.map(({ id }) => id).sort()).toEqual([ada.id, ben.id].sort());
  expect(asService.body.items).toHaveLength(2);
  await world.social.listProfiles({ as: ada.as, query: { ids: 'x' as unknown as string[] } }).expect(400);
  const tooMany = Array.from({ length: 101 }, () => missing).join(',') as unknown as string[];
  await world.social.listProfiles({ as: ada.as, query: { ids: tooMany } }).expect(400);
});
