import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPosting } from './posting.ts';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
let ada: Person;
let ben: Person;
let posting: ReturnType<typeof createPosting>;
beforeAll(async () => {
  world = await createWorld();
  [ada, ben] = [await world.person('ada'), await world.person('ben')];
  posting = createPosting(world);
});
afterAll(() => world.close());

const thread = async (viewer: Person, postId: string, query: { cursor?: string; limit?: number } = {}) =>
  (await world.social.getThread({ as: viewer.as, path: { postId }, query }).expect(200)).body;
const tryReply = (person: Person, replyToId: string) =>
  world.social.createPost({ as: person.as, body: { text: 'Re', visibility: 'public', replyToId } });
const ids = (items: { id: string }[]) => items.map(({ id }) => id);

test('shows a post between what it answers and what answers it', async () => {
  const root = await posting.post(ada, 'Root');
  const middle = await posting.reply(ben, root.id);
  const leaf = await posting.reply(ada, middle.id);
  const first = await posting.reply(ben, leaf.id);
  world.clock.advance(1_000);
  const second = await posting.reply(ada, leaf.id);

  const shown = await thread(ben, leaf.id);

  expect(shown.post).toEqual(await posting.read(ben, leaf.id));
  expect(shown.ancestors).toEqual([await posting.read(ben, root.id), await posting.read(ben, middle.id)]);
  expect(ids(shown.replies.items)).toEqual([first.id, second.id]);
  expect(shown.replies.nextCursor).toBeNull();
});

test('pages the replies, oldest first, each once while others come and go', async () => {
  const root = await posting.post(ada, 'Root');
  const replies: string[] = [];
  for (const _ of [1, 2, 3, 4, 5]) {
    world.clock.advance(1_000);
    replies.push((await posting.reply(ben, root.id)).id);
  }

  const first = await thread(ada, root.id, { limit: 2 });
  world.clock.advance(1_000);
  replies.push((await posting.reply(ben, root.id)).id);
  await posting.remove(ben, replies[1] ?? '');
  const second = await thread(ada, root.id, { limit: 2, cursor: first.replies.nextCursor ?? '' });
  const third = await thread(ada, root.id, { limit: 2, cursor: second.replies.nextCursor ?? '' });

  expect([first, second, third].flatMap(({ replies: { items } }) => ids(items))).toEqual(replies);
  expect(third.replies.nextCursor).toBeNull();
});

test('a deleted post is a tombstone that says nothing', async () => {
  const root = await posting.post(ada, 'Root');
  const middle = await posting.reply(ben, root.id, { text: 'A secret' });
  const leaf = await posting.reply(ada, middle.id);
  const alone = await posting.reply(ben, root.id);

  await posting.remove(ben, middle.id);
  await posting.remove(ben, alone.id);

  const tombstone = { id: middle.id, tombstone: 'deleted' };
  expect((await thread(ada, leaf.id)).ancestors).toEqual([await posting.read(ada, root.id), tombstone]);
  expect((await thread(ada, root.id)).replies.items).toEqual([tombstone]);
  expect((await posting.read(ada, root.id)).counts.replies).toBe(0);
  await world.social.getThread({ as: ada.as, path: { postId: middle.id }, query: {} }).expect(404);
});

test('what the caller may not open is unavailable above, and not there below', async () => {
  const follower = await world.person();
  await posting.follow(follower, ada);
  const root = await posting.post(ada, 'For followers', { visibility: 'followers' });
  const open = await posting.reply(follower, root.id);
  const hidden = await posting.reply(ada, open.id, { visibility: 'followers' });
  await posting.reply(follower, hidden.id);

  const shown = await thread(ben, open.id);

  expect(shown.ancestors).toEqual([{ id: root.id, tombstone: 'unavailable' }]);
  expect(shown.replies.items).toEqual([]);
  expect(shown.post.counts.replies).toBe(0);
  expect((await thread(follower, open.id)).replies.items).toHaveLength(1);
  expect((await posting.read(follower, open.id)).counts.replies).toBe(1);
});

test('of a hidden post nobody learns that it was deleted', async () => {
  const follower = await world.person();
  await posting.follow(follower, ada);
  const root = await posting.post(ada, 'For followers', { visibility: 'followers' });
  const open = await posting.reply(follower, root.id);

  await posting.remove(ada, root.id);

  expect((await thread(ben, open.id)).ancestors).toEqual([{ id: root.id, tombstone: 'unavailable' }]);
});

test('of a very long thread the nearest 50 ancestors', async () => {
  const chain = [(await posting.post(ada, '0')).id];
  for (let depth = 1; depth <= 53; depth += 1) {
    chain.push((await posting.reply(depth % 2 === 0 ? ada : ben, chain.at(-1) ?? '')).id);
  }

  const { ancestors } = await thread(ada, chain[53] ?? '');

  expect(ids(ancestors)).toEqual(chain.slice(3, 53));
});

test.each([
  ['everyone', { stranger: 201, follower: 201, mentioned: 201 }],
  ['followers', { stranger: 403, follower: 201, mentioned: 403 }],
  ['mentioned', { stranger: 403, follower: 403, mentioned: 201 }],
  ['nobody', { stranger: 403, follower: 403, mentioned: 403 }],
] as const)('a thread for %s takes their replies alone, deep in it too', async (replyPolicy, expected) => {
  const [author, stranger, follower, mentioned] = await Promise.all(
    Array.from({ length: 4 }, () => world.person()),
  ) as [Person, Person, Person, Person]; // prettier-ignore
  await posting.follow(follower, author);
  const root = await posting.post(author, `Hello @${mentioned.handle}`, { replyPolicy });
  const own = await posting.reply(author, root.id);

  for (const [name, person] of Object.entries({ stranger, follower, mentioned })) {
    const status = expected[name as keyof typeof expected];
    for (const postId of [root.id, own.id]) {
      const before = (await posting.read(person, postId)).viewer.canReply;
      const answer = await tryReply(person, postId);
      expect([name, answer.status, before]).toEqual([name, status, status === 201]);
      if (status === 403) expect(answer.body).toMatchObject({ code: 'reply_not_allowed', retryable: false });
    }
  }
  expect(await posting.read(stranger, own.id)).toMatchObject({ replyPolicy });
});

test('a reply cannot open what the first post of its thread has closed', async () => {
  const root = await posting.post(ada, 'Root', { replyPolicy: 'nobody' });
  const own = await posting.reply(ada, root.id);

  const answer = await world.social.createPost({
    as: ada.as,
    body: { text: 'Re', visibility: 'public', replyToId: own.id, replyPolicy: 'everyone' },
  });

  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ errors: [{ pointer: '/replyPolicy' }] });
});

test('nobody replies in the thread of somebody across a block, whoever is answered', async () => {
  const [author, blocked] = [await world.person(), await world.person()];
  const root = await posting.post(author, 'Root');
  const bens = await posting.reply(ben, root.id);
  await posting.block(author, blocked);

  const answer = await tryReply(blocked, bens.id);

  expect([answer.status, answer.body]).toMatchObject([403, { code: 'reply_not_allowed' }]);
  await tryReply(blocked, root.id).expect(404);
});

test('a reply by somebody across a block is neither shown nor counted, for the two alone', async () => {
  const [one, other] = [await world.person(), await world.person()];
  const root = await posting.post(ada, 'Root');
  await posting.reply(one, root.id);
  await posting.reply(other, root.id);

  await posting.block(one, other);

  for (const [viewer, replies] of [
    [one, 1],
    [other, 1],
    [ada, 2],
  ] as const) {
    expect((await posting.read(viewer, root.id)).counts.replies).toBe(replies);
    expect((await thread(viewer, root.id)).replies.items).toHaveLength(replies);
  }
});
