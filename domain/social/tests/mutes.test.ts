import { afterAll, beforeAll, expect, test } from '@jest/globals';
import request from 'supertest';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const missing = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';
const hour = 3_600_000;
const inOneHour = () => new Date(world.clock.now().getTime() + hour).toISOString();

/** Ada, who follows Ben, and a post of his. */
async function pair() {
  const [ada, ben] = [await world.person(), await world.person()];
  await world.social.followUser({ as: ada.as, path: { userId: ben.id } }).expect(200);
  const { body } = await world.social
    .createPost({ as: ben.as, body: { text: 'Hello', visibility: 'public' } })
    .expect(201);
  await world.jobsDone();
  return { ada, ben, postId: body.id };
}

const mute = (by: Person, whom: Person, body?: { expiresAt?: string }) =>
  world.social.muteUser({ as: by.as, path: { userId: whom.id }, body: body as { expiresAt?: string } });

async function feedOf(person: Person) {
  const { body } = await world.social.getHomeFeed({ as: person.as, query: {} }).expect(200);
  return body.items.map(({ id }) => id);
}

async function mutesOf(person: Person) {
  return (await world.social.listMutes({ as: person.as, query: {} }).expect(200)).body.items;
}

test('a muted person is not put before one, but can be opened, and is still followed', async () => {
  const { ada, ben, postId } = await pair();
  expect(await feedOf(ada)).toEqual([postId]);

  const { body } = await mute(ada, ben).expect(200);

  expect(body).toMatchObject({ person: { id: ben.id, handle: ben.handle }, expiresAt: null });
  expect(await feedOf(ada)).toEqual([]);
  await world.social.getPost({ as: ada.as, path: { postId } }).expect(200);
  const profile = await world.social.getProfile({ as: ada.as, path: { handle: ben.handle } }).expect(200);
  expect(profile.body.relationship).toMatchObject({ following: 'following', muting: true });
  const theirs = await world.social.getProfile({ as: ben.as, path: { handle: ada.handle } }).expect(200);
  expect(theirs.body.relationship.muting).toBe(false);
});

test('a muted person is not met in what others quote of them, until the quote is taken back', async () => {
  const { ada, ben, postId } = await pair();
  const cleo = await world.person();
  await world.social.followUser({ as: ada.as, path: { userId: cleo.id } }).expect(200);
  world.clock.advance(1_000);
  const body = { text: 'Look', visibility: 'public', quoteOfId: postId } as const;
  const { body: quote } = await world.social.createPost({ as: cleo.as, body }).expect(201);
  await world.jobsDone();
  expect(await feedOf(ada)).toEqual([quote.id, postId]);

  await mute(ada, ben).expect(200);

  expect(await feedOf(ada)).toEqual([]);
  expect(await feedOf(cleo)).toEqual([quote.id]);
  const { body: opened } = await world.social.getPost({ as: ada.as, path: { postId: quote.id } }).expect(200);
  expect(opened.quote).toMatchObject({ state: 'available', post: { id: postId } });
  await world.social.revokeQuote({ as: ben.as, path: { postId, quoteId: quote.id } }).expect(204);
  expect(await feedOf(ada)).toEqual([quote.id]);
});

test('a mute ends at its time', async () => {
  const { ada, ben, postId } = await pair();
  const expiresAt = inOneHour();
  expect((await mute(ada, ben, { expiresAt }).expect(200)).body.expiresAt).toBe(expiresAt);
  expect(await mutesOf(ada)).toMatchObject([{ person: { id: ben.id }, expiresAt }]);

  world.clock.advance(hour);

  expect(await mutesOf(ada)).toEqual([]);
  expect(await feedOf(ada)).toEqual([postId]);
  const { body } = await world.social.getProfile({ as: ada.as, path: { handle: ben.handle } }).expect(200);
  expect(body.relationship.muting).toBe(false);
});

test('muting again replaces the end', async () => {
  const { ada, ben } = await pair();
  await mute(ada, ben, { expiresAt: inOneHour() }).expect(200);

  await mute(ada, ben, {}).expect(200);
  world.clock.advance(2 * hour);

  expect(await mutesOf(ada)).toMatchObject([{ person: { id: ben.id }, expiresAt: null }]);
});

test('takes a mute back, however often', async () => {
  const { ada, ben, postId } = await pair();
  await mute(ada, ben).expect(200);

  await world.social.unmuteUser({ as: ada.as, path: { userId: ben.id.toUpperCase() } }).expect(204);
  await world.social.unmuteUser({ as: ada.as, path: { userId: ben.id } }).expect(204);
  await world.social.unmuteUser({ as: ada.as, path: { userId: missing } }).expect(204);

  expect(await feedOf(ada)).toEqual([postId]);
});

test('parallel mutes are one', async () => {
  const { ada, ben } = await pair();

  const answers = await Promise.all(Array.from({ length: 8 }, () => mute(ada, ben)));

  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
  expect(await mutesOf(ada)).toHaveLength(1);
});

test('refuses an end that is past, or no moment, and everything beside it', async () => {
  const { ada, ben } = await pair();

  const past = await mute(ada, ben, { expiresAt: world.clock.now().toISOString() }).expect(400);

  expect(past.body.errors).toEqual([{ pointer: '/expiresAt', message: 'must lie in the future' }]);
  await mute(ada, ben, { expiresAt: '2099-06-30T23:59:60Z' }).expect(400);
  await mute(ada, ben, { expiresAt: 'tomorrow' }).expect(400);
  await mute(ada, ben, { forHours: 1 } as { expiresAt?: string }).expect(400);
  expect(await mutesOf(ada)).toEqual([]);
});

test.each(['null', '[]', '"x"', '1', '{'])('refuses the body %s', async (text) => {
  const { ada, ben } = await pair();

  const answer = await request(world.app)
    .put(`/v1/users/${ben.id}/mute`)
    .set({ ...(await world.headersOf(ada)), 'content-type': 'application/json' })
    .send(text);

  expect(answer.status).toBe(400);
  expect(await mutesOf(ada)).toEqual([]);
});

test('refuses to mute oneself, nobody, and whom one cannot see', async () => {
  const [ada, blocking, leaving] = [await world.person(), await world.person(), await world.person()];
  await world.social.blockUser({ as: blocking.as, path: { userId: ada.id } }).expect(204);
  await world.query('INSERT INTO account_closure VALUES ($1, now(), now())', leaving.id);

  expect((await mute(ada, ada).expect(422)).body.code).toBe('self_relation');
  for (const userId of [missing, blocking.id, leaving.id]) {
    const answer = await world.social.muteUser({ as: ada.as, path: { userId }, body: {} }).expect(404);
    expect(answer.body.code).toBe('not_found');
  }
});

test('lists mutes, the last one first, in pages, and nobody else’s', async () => {
  const [ada, ...others] = await Promise.all(Array.from({ length: 4 }, () => world.person()));
  if (!ada) throw new Error('nobody');
  for (const other of others) {
    world.clock.advance(1_000);
    await mute(ada, other).expect(200);
  }

  const first = await world.social.listMutes({ as: ada.as, query: { limit: 2 } }).expect(200);
  const cursor = first.body.nextCursor ?? '';
  const second = await world.social.listMutes({ as: ada.as, query: { limit: 2, cursor } }).expect(200);

  const seen = [...first.body.items, ...second.body.items].map(({ person }) => person.id);
  expect(seen).toEqual(others.map(({ id }) => id).reverse());
  expect(await mutesOf(others[0] ?? ada)).toEqual([]);
});

test('forgets mutes that have ended when a new one comes', async () => {
  const { ada, ben } = await pair();
  const cleo = await world.person();
  await mute(ada, ben, { expiresAt: inOneHour() }).expect(200);
  world.clock.advance(hour);

  await mute(ada, cleo).expect(200);

  expect(await world.query('SELECT muted_id FROM mute WHERE muter_id = $1', ada.id)).toEqual([{ muted_id: cleo.id }]);
});
