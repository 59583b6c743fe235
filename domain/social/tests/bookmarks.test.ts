import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPosting } from './posting.ts';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
let posting: ReturnType<typeof createPosting>;
beforeAll(async () => {
  world = await createWorld();
  posting = createPosting(world);
});
afterAll(() => world.close());

const missing = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';

async function keep(who: Person, postId: string): Promise<void> {
  world.clock.advance(1_000);
  await world.social.bookmarkPost({ as: who.as, path: { postId } }).expect(204);
}
const drop = (who: Person, postId: string) => world.social.unbookmarkPost({ as: who.as, path: { postId } }).expect(204);
async function list(who: Person, query: { limit?: number; cursor?: string } = {}) {
  return (await world.social.listBookmarks({ as: who.as, query }).expect(200)).body;
}
const idsOf = async (who: Person) => (await list(who)).items.map(({ id }) => id);

test('keeps posts for oneself, the last one first, each once', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const [one, two] = [await posting.post(ada, 'One'), await posting.post(ada, 'Two')];

  for (const { id } of [two, one, two]) await keep(ben, id);

  expect(await idsOf(ben)).toEqual([one.id, two.id]);
  expect(await idsOf(ada)).toEqual([]);
  expect((await posting.read(ben, one.id)).viewer.bookmarked).toBe(true);
  expect((await posting.read(ada, one.id)).viewer.bookmarked).toBe(false);
  expect(await posting.told(ada)).toEqual([]);
  await drop(ben, one.id);
  await drop(ben, one.id);
  await drop(ben, missing);
  expect(await idsOf(ben)).toEqual([two.id]);
});

test('keeps nothing that may not be opened, and shows it no longer when that changes', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const hidden = await posting.post(ada, 'Hidden', { visibility: 'followers' });
  const [gone, open] = [await posting.post(ada, 'Gone'), await posting.post(ada, 'Open')];
  for (const postId of [hidden.id, missing]) {
    await world.social.bookmarkPost({ as: ben.as, path: { postId } }).expect(404);
  }
  await posting.follow(ben, ada);
  for (const { id } of [gone, hidden, open]) await keep(ben, id);

  await posting.remove(ada, gone.id);
  await world.social.unfollowUser({ as: ben.as, path: { userId: ada.id } }).expect(204);

  expect(await idsOf(ben)).toEqual([open.id]);
  await posting.follow(ben, ada);
  expect(await idsOf(ben)).toEqual([open.id, hidden.id]);
  await posting.block(ada, ben);
  expect(await idsOf(ben)).toEqual([]);
});

test('shows each once, page by page, while more are kept', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) ids.unshift((await posting.post(ada, 'Hello')).id);
  for (const id of ids.toReversed()) await keep(ben, id);

  const first = await list(ben, { limit: 2 });
  await keep(ben, (await posting.post(ada, 'Late')).id);
  await drop(ben, first.items[1]?.id ?? '');
  const second = await list(ben, { limit: 2, cursor: first.nextCursor ?? '' });
  const third = await list(ben, { limit: 2, cursor: second.nextCursor ?? '' });

  expect([first, second, third].flatMap(({ items }) => items.map(({ id }) => id))).toEqual(ids);
  expect(third.nextCursor).toBeNull();
  await world.social.listBookmarks({ as: ben.as, query: { cursor: 'x' } }).expect(400);
});

test('keeps one bookmark however many ask at the same time; a suspended person may, one who is gone not', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const { id } = await posting.post(ada, 'Hello');
  const body = { decisionId: ben.id, reason: 'Spam' };
  await world.social.suspendAccount({ as: { staffId: 'mod' }, path: { userId: ben.id }, body }).expect(200);

  await Promise.all(Array.from({ length: 8 }, () => keep(ben, id)));

  expect(await world.query('SELECT post_id FROM bookmark WHERE account_id = $1', ben.id)).toHaveLength(1);
  await world.social.bookmarkPost({ as: { userId: missing }, path: { postId: id } }).expect(404);
});
