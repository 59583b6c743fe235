import { afterAll, beforeAll, expect, test } from '@jest/globals';
import supertest from 'supertest';
import { limits, limitSubject } from '../services/limits.ts';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
let ada: Person;
let ben: Person;
beforeAll(async () => {
  world = await createWorld();
  [ada, ben] = [await world.person('ada'), await world.person('ben')];
});
afterAll(() => world.close());

const missing = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';
const hello = { text: 'Hello', visibility: 'public' } as const;

async function post(author: Person, body: Parameters<World['social']['createPost']>[0]['body'] = hello) {
  return (await world.social.createPost({ as: author.as, body }).expect(201)).body;
}
const get = (viewer: Person, postId: string) => world.social.getPost({ as: viewer.as, path: { postId } });

test('posts with a picture and a pocket', async () => {
  const mediaId = await world.picture(ada);

  const created = await post(ada, { text: 'Look', visibility: 'public', mediaIds: [mediaId], pocketId: missing });

  expect(created).toMatchObject({
    author: { id: ada.id, handle: 'ada', avatarUrl: null },
    text: 'Look',
    visibility: 'public',
    editedAt: null,
    replyToId: null,
    counts: { replies: 0, reactions: 0, reposts: 0 },
    viewer: { reaction: null, reposted: false, bookmarked: false },
    pocket: { id: missing },
  });
  expect(created.createdAt).toBe(world.clock.now().toISOString());
  expect(created.media).toMatchObject([{ id: mediaId, altText: 'A square', width: 640, height: 480 }]);
  expect((await fetch(created.media[0]?.url ?? '')).status).toBe(200);
  expect((await get(ben, created.id).expect(200)).body).toEqual(created);
});

test('posts once for an idempotency key', async () => {
  const send = (body: { text: string; visibility: 'public' }) =>
    world.social.createPost({ as: ada.as, body, headers: { 'Idempotency-Key': 'k1' } });
  const first = await send(hello).expect(201);

  const again = await send(hello).expect(201);

  expect(again.body).toEqual(first.body);
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect((await send({ ...hello, text: 'Other' }).expect(422)).body.code).toBe('idempotency_key_reused');
  const bens = { as: ben.as, body: hello, headers: { 'Idempotency-Key': 'k1' } };
  expect((await world.social.createPost(bens).expect(201)).body.id).not.toBe(first.body.id);
});

test('posts once however many send the same key at the same time', async () => {
  const request = { as: ada.as, body: hello, headers: { 'Idempotency-Key': 'parallel' } };

  const answers = await Promise.all(Array.from({ length: 20 }, () => world.social.createPost(request)));

  const created = answers.filter(({ status }) => status === 201).map(({ body }) => (body as { id: string }).id);
  expect(new Set(created).size).toBe(1);
  expect(answers.every(({ status }) => [201, 409, 503].includes(status))).toBe(true);
});

test('whoever may not open a post gets the answer of a post that is not there', async () => {
  const follower = await world.person();
  await world.social.followUser({ as: follower.as, path: { userId: ada.id } }).expect(200);
  const followers = await post(ada, { ...hello, visibility: 'followers' });
  const self = await post(ada, { ...hello, visibility: 'self' });

  const statuses = (id: string) =>
    Promise.all([ada, follower, ben].map(async (viewer) => (await get(viewer, id)).status));

  expect(await statuses(followers.id)).toEqual([200, 200, 404]);
  expect(await statuses(self.id)).toEqual([200, 404, 404]);
  const hidden = await get(ben, self.id).expect(404);
  const absent = await get(ben, missing).expect(404);
  expect({ ...hidden.body, instance: '' }).toEqual({ ...absent.body, instance: '' });
  const reply = { text: 'Re', visibility: 'public', replyToId: self.id } as const;
  await world.social.createPost({ as: ben.as, body: reply }).expect(404);
  await world.social.setReaction({ as: ben.as, path: { postId: self.id, kind: 'like' } }).expect(404);
});

test('a request to follow a locked account opens nothing', async () => {
  const [owner, asking] = [await world.person(), await world.person()];
  await world.social.updateMe({ as: owner.as, body: { locked: true } }).expect(200);
  const { id } = await post(owner, { ...hello, visibility: 'followers' });

  await world.social.followUser({ as: asking.as, path: { userId: owner.id } }).expect(200);

  await get(asking, id).expect(404);
});

test('a block hides posts both ways', async () => {
  const [one, other] = [await world.person(), await world.person()];
  const [mine, theirs] = [await post(one), await post(other)];

  await world.social.blockUser({ as: one.as, path: { userId: other.id } }).expect(204);

  await get(one, theirs.id).expect(404);
  await get(other, mine.id).expect(404);
});

test('counts replies and keeps them when what they answer is deleted', async () => {
  const parent = await post(ada);
  const reply = await post(ben, { text: 'Re', visibility: 'public', replyToId: parent.id });
  expect((await get(ada, parent.id).expect(200)).body.counts.replies).toBe(1);

  await world.social.deletePost({ as: ada.as, path: { postId: parent.id } }).expect(204);

  await get(ada, parent.id).expect(404);
  await world.social.deletePost({ as: ada.as, path: { postId: parent.id } }).expect(404);
  expect((await get(ada, reply.id).expect(200)).body.replyToId).toBe(parent.id);
});

test("does not delete another's post", async () => {
  const { id } = await post(ada);

  await world.social.deletePost({ as: ben.as, path: { postId: id } }).expect(404);

  await get(ada, id).expect(200);
});

test('takes the pictures of a deleted post away', async () => {
  const mediaId = await world.picture(ada);
  const created = await post(ada, { ...hello, mediaIds: [mediaId] });

  await world.social.deletePost({ as: ada.as, path: { postId: created.id } }).expect(204);
  await world.jobsDone();

  expect((await fetch(created.media[0]?.url ?? '')).status).toBe(404);
  await world.social.getMedia({ as: ada.as, path: { mediaId } }).expect(404);
});

test("does not attach a picture that is another's or not ready", async () => {
  const bens = await world.picture(ben);
  const { body } = await world.social
    .createMedia({ as: ada.as, body: { contentType: 'image/png', byteLength: 9 } })
    .expect(201);
  const attach = (mediaIds: string[]) => world.social.createPost({ as: ada.as, body: { ...hello, mediaIds } });

  await attach([bens]).expect(404);
  expect((await attach([body.mediaId]).expect(409)).body.code).toBe('media_not_ready');
});

test('lists the posts of a person that the caller may see, page by page', async () => {
  const author = await world.person();
  const ids: string[] = [];
  for (const visibility of ['public', 'self', 'public', 'public'] as const) {
    world.clock.advance(1_000);
    ids.push((await post(author, { ...hello, visibility })).id);
  }
  const list = async (viewer: Person, query: { cursor?: string; limit?: number } = {}) =>
    (await world.social.listProfilePosts({ as: viewer.as, path: { handle: author.handle }, query }).expect(200)).body;

  const first = await list(ben, { limit: 2 });
  const second = await list(ben, { limit: 2, cursor: first.nextCursor ?? '' });

  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual([ids[3], ids[2], ids[0]]);
  expect(second.nextCursor).toBeNull();
  expect((await list(author)).items).toHaveLength(4);
});

test.each([
  ['nothing to say', { text: '  ', visibility: 'public' }, 422],
  ['an unknown field', { ...hello, amountMinor: 1 }, 400],
  ['too much text', { ...hello, text: 'x'.repeat(2001) }, 400],
  ['an unknown visibility', { ...hello, visibility: 'everyone' }, 400],
  ['too many pictures', { ...hello, mediaIds: Array.from({ length: 5 }, () => missing) }, 400],
  ['the same picture twice', { ...hello, mediaIds: [missing, missing] }, 400],
  ['an id that is none', { ...hello, replyToId: 'x' }, 400],
  ['NUL', { ...hello, text: 'a\0b' }, 400],
  ['a lone surrogate', { ...hello, text: 'a\udc00b' }, 400],
])('refuses a post with %s', async (_what, body, status) => {
  const before = await world.query<{ n: number }>('SELECT count(*)::int AS n FROM post');

  const answer = await world.social.createPost({ as: ada.as, body: body as typeof hello });

  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(await world.query('SELECT count(*)::int AS n FROM post')).toEqual(before);
});

test('refuses bodies that are not JSON', async () => {
  const asAda = await world.headersOf(ada);
  const raw = (type: string, body: string) =>
    supertest(world.app).post('/v1/posts').set(asAda).set('Content-Type', type).send(body);

  expect((await raw('application/json', '{"text":')).body).toMatchObject({ status: 400, code: 'malformed_body' });
  expect((await raw('text/plain', 'Hello')).body).toMatchObject({ status: 415, code: 'unsupported_media_type' });
  expect((await raw('application/json', '[1]')).body).toMatchObject({ status: 400, code: 'invalid_request' });
});

test('has one reaction of each person, the last one', async () => {
  const { id } = await post(ada);
  const react = (viewer: Person, kind: 'like' | 'cheer') =>
    world.social.setReaction({ as: viewer.as, path: { postId: id, kind } }).expect(200);

  await react(ben, 'like');
  await react(ben, 'like');
  const { body } = await react(ben, 'cheer');

  expect(body).toEqual({ reaction: 'cheer', counts: { reactions: 1 } });
  expect((await get(ben, id).expect(200)).body).toMatchObject({
    viewer: { reaction: 'cheer' },
    counts: { reactions: 1 },
  });
  await world.social.deleteReaction({ as: ben.as, path: { postId: id, kind: 'like' } }).expect(204);
  expect((await get(ben, id).expect(200)).body.counts.reactions).toBe(1);
  await world.social.deleteReaction({ as: ben.as, path: { postId: id, kind: 'cheer' } }).expect(204);
  await world.social.deleteReaction({ as: ben.as, path: { postId: id, kind: 'cheer' } }).expect(204);
  expect((await get(ben, id).expect(200)).body).toMatchObject({ viewer: { reaction: null }, counts: { reactions: 0 } });
  await world.social.setReaction({ as: ben.as, path: { postId: id, kind: 'hate' as 'like' } }).expect(400);
});

test.each([
  ['a circle without its visibility', { ...hello, circleId: missing }, 400],
  ['the visibility of a circle without one', { ...hello, visibility: 'circle' }, 400],
  ['a circle that there is not', { ...hello, visibility: 'circle', circleId: missing }, 404],
  ['a quote of what there is not', { ...hello, quoteOfId: missing }, 404],
  ['an unknown policy', { ...hello, replyPolicy: 'friends' }, 400],
  ['an unknown override', { ...hello, overrides: ['rate_limited'] }, 400],
])('refuses a post with %s', async (_what, body, status) => {
  const answer = await world.social.createPost({ as: ada.as, body: body as typeof hello });

  expect(answer.status).toBe(status);
});

test("does not post to another's circle", async () => {
  const { body } = await world.social.createCircle({ as: ben.as, body: { name: 'Bens' } }).expect(201);
  const post = { ...hello, visibility: 'circle', circleId: body.id } as const;

  const answer = await world.social.createPost({ as: ada.as, body: post });

  expect([answer.status, answer.body]).toMatchObject([404, { code: 'not_found' }]);
});

test('tells the circle of a post to its author alone', async () => {
  const { body: circle } = await world.social.createCircle({ as: ada.as, body: { name: 'Family' } }).expect(201);
  await world.social.addCircleMember({ as: ada.as, path: { circleId: circle.id, userId: ben.id } });

  const created = await post(ada, { ...hello, visibility: 'circle', circleId: circle.id });

  expect(created).toMatchObject({ visibility: 'circle', circleId: circle.id });
  expect((await get(ben, created.id).expect(200)).body).toMatchObject({ visibility: 'circle', circleId: null });
});

test('brings a post for a circle into the feeds of its members who follow, and of nobody else', async () => {
  const [author, member, follower] = [await world.person(), await world.person(), await world.person()];
  for (const { as } of [member, follower])
    await world.social.followUser({ as, path: { userId: author.id } }).expect(200);
  const { body: circle } = await world.social.createCircle({ as: author.as, body: { name: 'Family' } }).expect(201);
  await world.social.addCircleMember({ as: author.as, path: { circleId: circle.id, userId: member.id } });

  const { id } = await post(author, { ...hello, visibility: 'circle', circleId: circle.id });
  await world.jobsDone();

  const feed = async (viewer: Person) =>
    (await world.social.getHomeFeed({ as: viewer.as, query: {} }).expect(200)).body.items.map((item) => item.id);
  expect([await feed(author), await feed(member), await feed(follower)]).toEqual([[id], [id], []]);
});

test('says of a pocket whose followers may see it', async () => {
  const follower = await world.person();
  await world.social.followUser({ as: follower.as, path: { userId: ada.id } }).expect(200);

  const { id } = await post(ada, { ...hello, pocketId: missing });

  expect((await get(follower, id)).body).toMatchObject({ pocket: { id: missing, followedAuthorId: ada.id } });
  expect((await get(ben, id)).body).toMatchObject({ pocket: { id: missing, followedAuthorId: null } });
});

test('a person posts and reacts so often, and not more', async () => {
  const busy = await world.person();
  const { id: postId } = await post(ada);
  const use = (name: string) => limitSubject(name, busy.id);
  for (const { name, quota } of [limits.post, limits.react, limits.upload]) {
    const endsAt = new Date(world.clock.now().getTime() + 60_000);
    await world.query('INSERT INTO limit_window VALUES ($1, $2, $3)', use(name), quota, endsAt);
  }

  const answers = [
    await world.social.createPost({ as: busy.as, body: hello }),
    await world.social.updatePost({ as: busy.as, path: { postId }, body: { text: 'Mine' } }),
    await world.social.setReaction({ as: busy.as, path: { postId, kind: 'like' } }),
    await world.social.createMedia({ as: busy.as, body: { contentType: 'image/png', byteLength: 9 } }),
  ];

  expect(answers.map(({ status }) => status)).toEqual([429, 429, 429, 429]);
  for (const { body, headers } of answers) {
    expect(body).toMatchObject({ code: 'rate_limited', retryable: true });
    expect(headers['retry-after']).toBe('60');
    expect(headers['ratelimit-remaining']).toBe('0');
  }
  world.clock.advance(60_000);
  await world.social.createPost({ as: busy.as, body: hello }).expect(201);
});
