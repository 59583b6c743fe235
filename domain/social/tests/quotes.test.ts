import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPosting } from './posting.ts';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
let ada: Person;
let ben: Person;
let cem: Person;
let posting: ReturnType<typeof createPosting>;
beforeAll(async () => {
  world = await createWorld();
  [ada, ben, cem] = [await world.person('ada'), await world.person('ben'), await world.person('cem')];
  posting = createPosting(world);
});
afterAll(() => world.close());

const tryQuote = (person: Person, quoteOfId: string) =>
  world.social.createPost({ as: person.as, body: { text: 'Look', visibility: 'public', quoteOfId } });
const revoke = (person: Person, postId: string, quoteId: string) =>
  world.social.revokeQuote({ as: person.as, path: { postId, quoteId } });
const quotes = async (viewer: Person, postId: string, query: { cursor?: string; limit?: number } = {}) =>
  (await world.social.listQuotes({ as: viewer.as, path: { postId }, query }).expect(200)).body;

test('a quote carries the quoted post and tells its author', async () => {
  const original = await posting.post(ada, 'Original');

  const quote = await posting.post(ben, 'Well said', { quoteOfId: original.id });

  const { id, author, text, media, visibility, createdAt, editedAt } = original;
  const post = { id, author, text, media, visibility, createdAt, editedAt };
  expect(quote.quote).toEqual({ state: 'available', post });
  expect((await posting.read(cem, quote.id)).quote).toEqual({ state: 'available', post });
  expect(await posting.told(ada)).toContainEqual(['quote', quote.id]);
  expect((await quotes(cem, original.id)).items).toEqual([await posting.read(cem, quote.id)]);
});

test('a quote of a quote shows one post, not a chain', async () => {
  const original = await posting.post(ada, 'Original');
  const quote = await posting.post(ben, 'One', { quoteOfId: original.id });

  const second = await posting.post(cem, 'Two', { quoteOfId: quote.id });

  expect(second.quote?.post).toMatchObject({ id: quote.id, text: 'One' });
  expect(second.quote?.post).not.toHaveProperty('quote');
});

test.each([
  ['everyone', 201, 201],
  ['followers', 403, 201],
  ['nobody', 403, 403],
] as const)('a post to be quoted by %s', async (quotePolicy, stranger, follower) => {
  const [author, one, other] = [await world.person(), await world.person(), await world.person()];
  await posting.follow(other, author);
  const { id } = await posting.post(author, 'Original', { quotePolicy });

  for (const [person, status] of [
    [one, stranger],
    [other, follower],
    [author, 201],
  ] as const) {
    const { canQuote } = (await posting.read(person, id)).viewer;
    const answer = await tryQuote(person, id);
    expect([canQuote, answer.status]).toEqual([status === 201, status]);
    if (status === 403) expect(answer.body).toMatchObject({ code: 'quote_not_allowed' });
  }
});

test('what is not public is quoted by its author alone, and the quote opens it to nobody', async () => {
  const follower = await world.person();
  await posting.follow(follower, ada);
  const { id } = await posting.post(ada, 'For followers', { visibility: 'followers' });

  const own = await posting.post(ada, 'See', { quoteOfId: id });

  expect((await tryQuote(follower, id).expect(403)).body.code).toBe('quote_not_allowed');
  await tryQuote(ben, id).expect(404);
  expect((await posting.read(follower, own.id)).quote).toMatchObject({ state: 'available', post: { id } });
  expect((await posting.read(ben, own.id)).quote).toEqual({ state: 'unavailable', post: null });
});

test('a deleted post, or one across a block, is unavailable in its quotes', async () => {
  const [one, other] = [await world.person(), await world.person()];
  const [gone, blocked] = [await posting.post(ada, 'Gone'), await posting.post(one, 'Blocked')];
  const quote = await posting.post(ben, 'See', { quoteOfId: gone.id });
  const across = await posting.post(ben, 'See', { quoteOfId: blocked.id });

  await posting.remove(ada, gone.id);
  await posting.block(one, other);

  expect((await posting.read(cem, quote.id)).quote).toEqual({ state: 'unavailable', post: null });
  expect((await posting.read(other, across.id)).quote).toEqual({ state: 'unavailable', post: null });
  expect((await posting.read(cem, across.id)).quote?.state).toBe('available');
});

test('the author of a quoted post takes it out of a quote, for good', async () => {
  const original = await posting.post(ada, 'Original');
  const quote = await posting.post(ben, 'See', { quoteOfId: original.id });

  await revoke(ada, original.id, quote.id).expect(204);
  await revoke(ada, original.id, quote.id).expect(204);

  for (const viewer of [ada, ben, cem]) {
    expect((await posting.read(viewer, quote.id)).quote).toEqual({ state: 'revoked', post: null });
  }
  expect((await quotes(cem, original.id)).items).toEqual([]);
});

test('nobody else takes it out, and nothing that does not quote it', async () => {
  const [original, other] = [await posting.post(ada, 'Original'), await posting.post(ada, 'Other')];
  const quote = await posting.post(ben, 'See', { quoteOfId: original.id });

  await revoke(ben, original.id, quote.id).expect(404);
  await revoke(cem, original.id, quote.id).expect(404);
  await revoke(ada, other.id, quote.id).expect(404);
  await revoke(ada, original.id, other.id).expect(404);

  expect((await posting.read(cem, quote.id)).quote?.state).toBe('available');
});

test('after a block the public quote can still be revoked', async () => {
  const [one, other] = [await world.person(), await world.person()];
  const original = await posting.post(one, 'Original');
  const quote = await posting.post(other, 'Ha', { quoteOfId: original.id });
  await posting.block(one, other);

  await revoke(one, original.id, quote.id).expect(204);

  expect((await posting.read(cem, quote.id)).quote).toEqual({ state: 'revoked', post: null });
});

test('a hidden quote gives nothing away: not in the list, and not by revoking', async () => {
  const original = await posting.post(ada, 'Original');
  const quote = await posting.post(ben, 'Between us', { visibility: 'self', quoteOfId: original.id });

  await revoke(ada, original.id, quote.id).expect(404);

  expect((await quotes(ada, original.id)).items).toEqual([]);
  expect(await posting.told(ada)).not.toContainEqual(['quote', quote.id]);
  expect((await quotes(ben, original.id)).items).toHaveLength(1);
});

test('lists quotes page by page, newest first', async () => {
  const original = await posting.post(ada, 'Original');
  const made: string[] = [];
  for (const _ of [1, 2, 3]) {
    world.clock.advance(1_000);
    made.unshift((await posting.post(ben, 'See', { quoteOfId: original.id })).id);
  }

  const first = await quotes(cem, original.id, { limit: 2 });
  const second = await quotes(cem, original.id, { limit: 2, cursor: first.nextCursor ?? '' });

  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(made);
  expect(second.nextCursor).toBeNull();
  const hidden = await posting.post(ada, 'Mine', { visibility: 'self' });
  await world.social.listQuotes({ as: ben.as, path: { postId: hidden.id }, query: {} }).expect(404);
});
