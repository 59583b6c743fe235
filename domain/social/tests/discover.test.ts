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

async function discover(who: Person, query: { q?: string } = {}) {
  const { body } = await world.social.getDiscover({ as: who.as, query }).expect(200);
  return {
    people: body.people.items.map(({ id }) => id),
    posts: body.posts.items.map(({ id }) => id),
    tags: body.tags.items,
    suggestions: body.suggestions.items.map(({ id }) => id),
  };
}
async function refreshTrends(): Promise<void> {
  await world.query(`SELECT social_jobs.add_job('refreshTrends', '{}')`);
  await world.jobsDone();
}
const cheer = (who: Person, postId: string) =>
  world.social.setReaction({ as: who.as, path: { postId, kind: 'cheer' } }).expect(200);
const people = async (count: number) => {
  const made: Person[] = [];
  while (made.length < count) made.push(await world.person());
  return made as [Person, Person, Person, Person, ...Person[]];
};

test('shows nothing of an empty place', async () => {
  const [viewer] = await people(1);

  expect(await discover(viewer)).toEqual({ people: [], posts: [], tags: [], suggestions: [] });
});

test('shows what many answered to and tagged of late, as far as it is for the caller', async () => {
  const [author, shy, ben, cleo] = await people(4);
  const [popular, some] = [
    await posting.post(author, 'First #light'),
    await posting.post(author, 'Second #light #night'),
  ];
  const unseen = await posting.post(author, 'Third', { visibility: 'followers' });
  const modest = await posting.post(shy, 'Fourth #quiet');
  await posting.post(author, 'Nobody answers');
  for (const who of [ben, cleo]) for (const { id } of [popular, modest]) await cheer(who, id);
  await cheer(ben, some.id);
  await cheer(author, unseen.id);
  await world.social.updateMe({ as: shy.as, body: { discoverable: false } }).expect(200);
  await posting.post(ben, '#light too');
  await refreshTrends();

  const seen = await discover(cleo);

  expect(seen.posts).toEqual([popular.id, some.id]);
  expect(seen.tags).toEqual([{ tag: 'light', posts: 3 }, { tag: 'night', posts: 1 }]); // prettier-ignore
  expect(seen.people).toEqual([]);
  expect(seen.suggestions).toEqual([author.id]);
  await posting.block(author, cleo);
  expect(await discover(cleo)).toMatchObject({ posts: [], tags: [{ tag: 'light', posts: 1 }], suggestions: [] });
  await world.social.updateMe({ as: author.as, body: { discoverable: false } }).expect(200);
  expect((await discover(ben)).posts).toEqual([]);
});

test('forgets what is no longer answered to', async () => {
  const [author, ben] = await people(2);
  const { id } = await posting.post(author, 'Old #news');
  await cheer(ben, id);
  await refreshTrends();
  expect((await discover(ben)).posts).toContain(id);

  world.clock.advance(4 * 86_400_000);
  await refreshTrends();

  expect(await discover(ben)).toMatchObject({ posts: [], tags: [] });
});

test('suggests whom those one follows follow, the most of them first, and none one knows', async () => {
  const [viewer, ben, cleo, dora, often, once, shy, known, asked, muted, suspended, hiddenBy, blocking] =
    await people(13);
  if (!often || !once || !shy || !known || !asked || !muted || !suspended || !hiddenBy || !blocking)
    throw new Error('few');
  for (const friend of [ben, cleo, dora, known]) await posting.follow(viewer, friend);
  for (const friend of [ben, cleo]) {
    for (const to of [often, shy, known, asked, muted, suspended, blocking, viewer]) await posting.follow(friend, to);
  }
  await posting.follow(ben, once);
  await posting.follow(dora, hiddenBy);
  await world.social.updateMe({ as: dora.as, body: { followsVisibility: 'me' } }).expect(200);
  await world.social.updateMe({ as: cleo.as, body: { followsVisibility: 'followers' } }).expect(200);
  await world.social.updateMe({ as: shy.as, body: { discoverable: false } }).expect(200);
  await world.social.updateMe({ as: asked.as, body: { locked: true } }).expect(200);
  await posting.follow(viewer, asked);
  await world.social.muteUser({ as: viewer.as, path: { userId: muted.id }, body: {} }).expect(200);
  const body = { decisionId: suspended.id, reason: 'Spam' };
  await world.social.suspendAccount({ as: { staffId: 'mod' }, path: { userId: suspended.id }, body }).expect(200);
  await posting.block(blocking, viewer);

  const { suggestions } = await discover(viewer);

  expect(suggestions).toEqual([often.id, once.id]);
});

test('looks for people, posts and tags at once', async () => {
  const [ben] = await people(1);
  const mara = await world.person('marathon_runner');
  const { id } = await posting.post(ben, 'A #marathon in spring');

  const seen = await discover(ben, { q: 'marathon' });

  expect(seen).toMatchObject({ people: [mara.id], posts: [id], tags: [{ tag: 'marathon', posts: 1 }] });
  await world.social.getDiscover({ as: ben.as, query: { q: '' } }).expect(400);
});
