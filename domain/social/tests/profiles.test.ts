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

test.each([
  [{}],
  [{ displayName: '' }],
  [{ bio: 'x'.repeat(501) }],
  [{ locked: 'yes' }],
  [{ balance: 1 }],
  [{ followsVisibility: 'nobody' }],
  [{ altTextPolicy: false }],
])('refuses the change %j', async (body) => {
  const { as } = await world.person();

  await world.social.updateMe({ as, body: body as { bio: string } }).expect(400);
});

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

test('a picture that is taken off is gone, unless a post shows it', async () => {
  const person = await world.person();
  const [shown, alone] = [await world.picture(person), await world.picture(person)];
  const post = { text: '', visibility: 'public' as const, mediaIds: [shown] };
  await world.social.createPost({ as: person.as, body: post }).expect(201);
  const urls: string[] = [];
  for (const avatarMediaId of [shown, alone]) {
    const { body } = await world.social.updateMe({ as: person.as, body: { avatarMediaId } }).expect(200);
    urls.push(body.avatarUrl ?? '');
  }

  await world.social.updateMe({ as: person.as, body: { avatarMediaId: alone } }).expect(200);
  await world.jobsDone();
  const kept = await Promise.all(urls.map(async (url) => (await fetch(url)).status));
  await world.social.updateMe({ as: person.as, body: { avatarMediaId: null } }).expect(200);
  await world.jobsDone();
  const left = await Promise.all(urls.map(async (url) => (await fetch(url)).status));

  expect([kept, left]).toEqual([
    [200, 200],
    [200, 404],
  ]);
  await world.social.getMedia({ as: person.as, path: { mediaId: alone } }).expect(404);
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
  const nothing = { self: false, following: 'none', followedBy: false, requestedBy: false, muting: false };
  expect(body.relationship).toEqual({ ...nothing, following: 'following' });
  const back = await world.social.getProfile({ as: ben.as, path: { handle: ada.handle } }).expect(200);
  expect(back.body.relationship).toEqual({ ...nothing, followedBy: true });
  const own = await world.social.getProfile({ as: ben.as, path: { handle: ben.handle } }).expect(200);
  expect(own.body.relationship).toEqual({ ...nothing, self: true });
});

test('says of a request whose it is', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  await world.social.updateMe({ as: ben.as, body: { locked: true } }).expect(200);
  await world.social.followUser({ as: ada.as, path: { userId: ben.id } }).expect(200);

  const asked = await world.social.getProfile({ as: ben.as, path: { handle: ada.handle } }).expect(200);
  const asking = await world.social.getProfile({ as: ada.as, path: { handle: ben.handle } }).expect(200);

  expect(asked.body.relationship).toMatchObject({ following: 'none', followedBy: false, requestedBy: true });
  expect(asking.body.relationship).toMatchObject({ following: 'requested', requestedBy: false });
  expect(asking.body.profile.locked).toBe(true);
});

test('keeps what a person chooses of their privacy, and shows it to nobody else', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const fresh = await world.social.getMe({ as: ada.as }).expect(200);
  expect(fresh.body).toMatchObject({ discoverable: true, followsVisibility: 'everyone', altTextPolicy: 'off' });

  const choice = { discoverable: false, followsVisibility: 'me', altTextPolicy: 'remind' } as const;
  expect((await world.social.updateMe({ as: ada.as, body: choice }).expect(200)).body).toMatchObject(choice);

  expect((await world.social.getMe({ as: ada.as }).expect(200)).body).toMatchObject(choice);
  const { body } = await world.social.getProfile({ as: ben.as, path: { handle: ada.handle } }).expect(200);
  for (const name of Object.keys(choice)) expect(body.profile).not.toHaveProperty(name);
});

test('says what a picture of a person shows', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const avatarMediaId = await world.picture(ada);

  const { body: me } = await world.social.updateMe({ as: ada.as, body: { avatarMediaId } }).expect(200);

  const { body } = await world.social.getProfile({ as: ben.as, path: { handle: ada.handle } }).expect(200);
  const home = await world.social.getHome({ as: ada.as, query: {} }).expect(200);
  const seen = [me.avatarAlt, body.profile.avatarAlt, home.body.profile.avatarAlt];
  expect(seen).toEqual(['A square', 'A square', 'A square']);
  const { body: without } = await world.social.getProfile({ as: ada.as, path: { handle: ben.handle } }).expect(200);
  expect(without.profile.avatarAlt).toBeNull();
});

test('another description of one’s picture is another version of oneself', async () => {
  const ada = await world.person();
  const avatarMediaId = await world.picture(ada);
  await world.social.updateMe({ as: ada.as, body: { avatarMediaId } }).expect(200);
  const before = await world.social.getMe({ as: ada.as }).expect(200);

  const path = { mediaId: avatarMediaId };
  await world.social.updateMedia({ as: ada.as, path, body: { altText: 'A circle' } }).expect(200);

  const after = await world.social.getMe({ as: ada.as }).expect(200);
  expect(after.body.avatarAlt).toBe('A circle');
  expect(after.headers['etag']).not.toBe(before.headers['etag']);
});

test('finds nobody whose account is being deleted, who still finds themselves', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  await world.query('INSERT INTO account_closure VALUES ($1, now(), now())', ben.id);

  await world.social.getProfile({ as: ada.as, path: { handle: ben.handle } }).expect(404);

  const query = { ids: [ben.id] };
  expect((await world.social.listProfiles({ as: ada.as, query }).expect(200)).body.items).toEqual([]);
  expect((await world.social.listProfiles({ as: ben.as, query }).expect(200)).body.items).toHaveLength(1);
  await world.social.getProfile({ as: ben.as, path: { handle: ben.handle } }).expect(200);
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
