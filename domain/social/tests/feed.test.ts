import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadDocument } from '#platform/document';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
beforeAll(async () => {
  // Three followers make a large author here.
  world = await createWorld({ largeAuthorFollowers: 3 });
});
afterAll(() => world.close());

async function post(author: Person, visibility: 'public' | 'followers' | 'self' = 'public'): Promise<string> {
  world.clock.advance(1_000);
  const { body } = await world.social.createPost({ as: author.as, body: { text: 'Hello', visibility } }).expect(201);
  return body.id;
}
const follow = (from: Person, to: Person) =>
  world.social.followUser({ as: from.as, path: { userId: to.id } }).expect(200);

async function feedOf(viewer: Person, query: { cursor?: string; limit?: number } = {}) {
  return (await world.social.getHomeFeed({ as: viewer.as, query }).expect(200)).body;
}
const idsOf = async (viewer: Person) => (await feedOf(viewer)).items.map(({ id }) => id);

test("brings a followed person's posts into the feed, newest first", async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const before = await post(ada);
  await follow(ben, ada);
  const after = await post(ada, 'followers');
  await post(ada, 'self');
  const own = await post(ben);

  await world.jobsDone();

  expect(await idsOf(ben)).toEqual([own, after, before]);
});

test("shows one's own post at once", async () => {
  const ada = await world.person();

  const id = await post(ada, 'self');

  expect(await idsOf(ada)).toEqual([id]);
});

test('leaves out replies', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  await follow(ben, ada);
  const id = await post(ada);
  await world.social.createPost({ as: ada.as, body: { text: 'Re', visibility: 'public', replyToId: id } }).expect(201);

  await world.jobsDone();

  expect(await idsOf(ben)).toEqual([id]);
});

test('hides what was unfollowed, deleted or blocked, on the next read', async () => {
  const [ada, ben, cleo, viewer] = [
    await world.person(),
    await world.person(),
    await world.person(),
    await world.person(),
  ];
  for (const author of [ada, ben, cleo]) await follow(viewer, author);
  const [first, second, third] = [await post(ada), await post(ben), await post(cleo)];
  await world.jobsDone();
  expect(await idsOf(viewer)).toEqual([third, second, first]);

  await world.social.unfollowUser({ as: viewer.as, path: { userId: ada.id } }).expect(204);
  await world.social.deletePost({ as: ben.as, path: { postId: second } }).expect(204);
  await world.social.blockUser({ as: cleo.as, path: { userId: viewer.id } }).expect(204);

  expect(await idsOf(viewer)).toEqual([]);
});

test('merges in the posts of large authors, before and after they became large', async () => {
  const star = await world.person();
  const viewer = await world.person();
  const small = await post(star);
  await follow(viewer, star);
  for (let fans = 0; fans < 2; fans += 1) await follow(await world.person(), star);
  const large = await post(star);
  await world.jobsDone();

  const delivered = await world.query('SELECT owner_id FROM timeline_entry WHERE post_id = $1', large);

  expect(delivered).toEqual([{ owner_id: star.id }]);
  expect(await idsOf(viewer)).toEqual([large, small]);
});

test('shows each post once, page by page, while others are posted and deleted', async () => {
  const [ada, viewer] = [await world.person(), await world.person()];
  await follow(viewer, ada);
  const ids: string[] = [];
  for (let count = 0; count < 7; count += 1) ids.unshift(await post(ada));
  await world.jobsDone();

  const first = await feedOf(viewer, { limit: 3 });
  await post(ada);
  await world.social.deletePost({ as: ada.as, path: { postId: first.items[2]?.id ?? '' } }).expect(204);
  await world.jobsDone();
  const second = await feedOf(viewer, { limit: 3, cursor: first.nextCursor ?? '' });
  const third = await feedOf(viewer, { limit: 3, cursor: second.nextCursor ?? '' });

  expect([first, second, third].flatMap(({ items }) => items.map(({ id }) => id))).toEqual(ids);
  expect(third.nextCursor).toBeNull();
});

test('fills the feed of somebody who comes back after a long time', async () => {
  const [ada, viewer] = [await world.person(), await world.person()];
  await follow(viewer, ada);
  await world.jobsDone();
  await world.query(`UPDATE account SET last_active_at = now() - interval '40 days' WHERE id = $1`, viewer.id);
  const id = await post(ada);
  await world.jobsDone();
  expect(await idsOf(viewer)).toEqual([]);

  const body = { refreshToken: viewer.refreshToken };
  await world.social.refreshSession({ as: { service: true }, body }).expect(200);
  await world.jobsDone();

  expect(await idsOf(viewer)).toEqual([id]);
});

test('fills it in batches however many they follow, and each of these stays small', async () => {
  const viewer = await world.person();
  const [authors, postsOfEach, mostAtOnce] = [501, 20, 10_000];
  await world.query(`
    CREATE FUNCTION refuse_many() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF (SELECT count(*) FROM delivered) > ${String(mostAtOnce)} THEN RAISE EXCEPTION 'too much for one statement'; END IF;
      RETURN NULL; END $$;
    CREATE TRIGGER refuse_many AFTER INSERT ON timeline_entry REFERENCING NEW TABLE AS delivered
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_many();`);
  await world.query(
    `WITH author AS (
       INSERT INTO account (id, email, password_hash, created_at, last_active_at)
       SELECT uuidv7(), n || '@example.org', '', now(), now() FROM generate_series(1, $2::int) n RETURNING id
     ), profiled AS (
       INSERT INTO profile (account_id, handle, display_name) SELECT id, 'a' || left(md5(id::text), 12), '' FROM author
     ), posted AS (
       INSERT INTO post (id, author_id, text, visibility, created_at)
       SELECT uuidv7(), id, '', 'public', now() FROM author, generate_series(1, $3::int)
     )
     INSERT INTO follow (follower_id, followee_id, state, created_at) SELECT $1::uuid, id, 'following', now() FROM author`,
    viewer.id,
    authors,
    postsOfEach,
  );
  await world.query(`SELECT social_jobs.add_job('fillTimeline', json_build_object('ownerId', $1::text))`, viewer.id);
  await world.jobsDone();

  const delivered = await world.query(
    'SELECT count(DISTINCT p.author_id)::int AS authors, count(*)::int AS posts FROM timeline_entry t JOIN post p ON p.id = t.post_id WHERE t.owner_id = $1',
    viewer.id,
  );
  expect(delivered).toEqual([{ authors, posts: authors * postsOfEach }]);
  await world.query('DROP FUNCTION refuse_many CASCADE');
});

test.each([
  [{ limit: 0 }],
  [{ limit: 101 }],
  [{ limit: 'many' as unknown as number }],
  [{ cursor: 'x' }],
  [{ cursor: Buffer.from('{"id":"x"}').toString('base64url') }],
  [{ cursor: Buffer.from('{"id":"00000000-0000-0000-0000-000000000000","more":1}').toString('base64url') }],
  [{ page: 2 } as { limit?: number }],
])('refuses the page %j', async (query) => {
  const { as } = await world.person();

  await world.social.getHomeFeed({ as, query }).expect(400);
});

test('gives all that the home screen needs in one answer', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  await follow(ben, ada);
  const id = await post(ada);
  await world.jobsDone();
  await world.social.setReaction({ as: ben.as, path: { postId: id, kind: 'love' } }).expect(200);

  const bens = await world.social.getHome({ as: ben.as, query: { feedLimit: 5 } }).expect(200);
  const adas = await world.social.getHome({ as: ada.as, query: {} }).expect(200);

  expect(bens.body.profile).toMatchObject({ id: ben.id, counts: { posts: 0, followers: 0, following: 1 } });
  expect(bens.body.feed.items).toMatchObject([{ id, viewer: { reaction: 'love' }, counts: { reactions: 1 } }]);
  expect(bens.body.notifications).toEqual({ unread: 0 });
  expect(adas.body.notifications).toEqual({ unread: 2 });
  expect(adas.body.feed.items).toMatchObject([{ id, viewer: { reaction: null } }]);
});

test('a person without an account has no home', async () => {
  const as = { userId: '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e' };

  await world.social.getHome({ as, query: {} }).expect(404);
});

test.each(['social', 'bff-mobile'])('an item of a feed of %s is a post, and says where it stands and why', (name) => {
  const document = loadDocument(name) as { components?: { schemas?: Record<string, Shape> } };
  const { Post, FeedItem } = document.components?.schemas ?? {};

  const own = { placeId: expect.anything(), repostedBy: expect.anything() };
  expect(FeedItem?.properties).toEqual({ ...Post?.properties, ...own });
  expect([...(FeedItem?.required ?? [])].sort()).toEqual([...(Post?.required ?? []), ...Object.keys(own)].sort());
});

interface Shape {
  properties: Record<string, unknown>;
  required: string[];
}
