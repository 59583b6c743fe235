import { randomUUID } from 'node:crypto';
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

/** Every count that is kept, against the rows it stands for. */
async function miscounted() {
  const posts = await world.query(`
    SELECT p.id, p.reaction_count, p.reply_count, p.repost_count FROM post p
    WHERE p.reaction_count <> (SELECT count(*) FROM reaction r WHERE r.post_id = p.id)
       OR p.repost_count <> (SELECT count(*) FROM repost r WHERE r.post_id = p.id)
       OR p.reply_count <> (
         SELECT count(*) FROM post r
         WHERE r.reply_to_id = p.id AND r.visibility = 'public' AND r.deleted_at IS NULL AND r.removed_at IS NULL
       )`);
  const people = await world.query(`
    SELECT p.handle, p.post_count, p.follower_count, p.following_count FROM profile p
    WHERE p.post_count <> (
        SELECT count(*) FROM post o
        WHERE o.author_id = p.account_id AND o.visibility = 'public' AND o.deleted_at IS NULL AND o.removed_at IS NULL
      )
       OR p.follower_count <> (SELECT count(*) FROM follow f WHERE f.followee_id = p.account_id AND f.state = 'following')
       OR p.following_count <> (SELECT count(*) FROM follow f WHERE f.follower_id = p.account_id AND f.state = 'following')`);
  return { posts, people };
}

test('are right after many did everything to the same few posts and people at once', async () => {
  const people = await Promise.all(Array.from({ length: 6 }, () => world.person()));
  const shared = await Promise.all(people.slice(0, 3).map(async (person) => (await posting.post(person, 'Root')).id));

  const statuses = (await Promise.all(people.map((person, place) => act(person, place)))).flat();

  expect(statuses.filter((status) => status >= 500 && status !== 503)).toEqual([]);
  expect(statuses.filter((status) => status < 300).length).toBeGreaterThan(statuses.length / 2);
  expect(await miscounted()).toEqual({ posts: [], people: [] });

  /** Each acts one after another, beside all others. */
  async function act(person: Person, place: number): Promise<number[]> {
    const { social } = world;
    const { as } = person;
    const own: string[] = [];
    const given: number[] = [];
    for (let step = 0; step < 8; step += 1) {
      const postId = shared[(place + step) % shared.length] ?? '';
      const other = people[(place + 1 + (step % 5)) % people.length] ?? person;
      const visibility = step % 3 === 2 ? 'followers' : 'public';
      const reply = await social.createPost({ as, body: { text: 'Re', visibility, replyToId: postId } });
      if (reply.status === 201) own.push((reply.body as { id: string }).id);
      const answers = [
        reply,
        await social.setReaction({ as, path: { postId, kind: step % 2 === 0 ? 'like' : 'love' } }),
        await social.repostPost({ as, path: { postId } }),
        await social.followUser({ as, path: { userId: other.id } }),
        ...(step % 2 === 1 ? [await social.deletePost({ as, path: { postId: own.shift() ?? '' } })] : []),
        ...(step % 3 === 1 ? [await social.unrepostPost({ as, path: { postId } })] : []),
        ...(step % 3 === 2 ? [await social.deleteReaction({ as, path: { postId, kind: 'like' } })] : []),
        ...(step % 4 === 3 ? [await social.unfollowUser({ as, path: { userId: other.id } })] : []),
      ];
      given.push(...answers.map(({ status }) => status));
    }
    return given;
  }
});

test('are right when one post is deleted, removed and answered by many at the same moment', async () => {
  const people = await Promise.all(Array.from({ length: 5 }, () => world.person()));
  const [author = await world.person()] = people;
  const root = await posting.post(author, 'Root');
  const { id: postId } = await posting.reply(author, root.id);
  const staff = { staffId: 'staff-1' };

  const answers = await Promise.all([
    world.social.deletePost({ as: author.as, path: { postId } }),
    world.social.deletePost({ as: author.as, path: { postId } }),
    world.social.removePost({ as: staff, path: { postId }, body: { decisionId: randomUUID(), reason: 'Spam' } }),
    ...people.flatMap(({ as }) => [
      world.social.createPost({ as, body: { text: 'Re', visibility: 'public', replyToId: postId } }),
      world.social.setReaction({ as, path: { postId, kind: 'like' } }),
    ]),
  ]);

  expect(answers.filter(({ status }) => status >= 500 && status !== 503)).toEqual([]);
  expect(answers.slice(0, 2).map(({ status }) => status)).toContain(204);
  expect(await miscounted()).toEqual({ posts: [], people: [] });
});

test('hold public posts alone; of the others everybody counts those they may open', async () => {
  const [author, follower, stranger] = [await world.person(), await world.person(), await world.person()];
  await posting.follow(follower, author);
  const root = await posting.post(stranger, 'Root');
  const circleId = await posting.circle(author, follower);
  await posting.reply(author, root.id);
  await posting.reply(author, root.id, { visibility: 'followers' });
  const inCircle = await posting.reply(author, root.id, { visibility: 'circle', circleId });
  await posting.reply(author, root.id, { visibility: 'self' });

  const replies = async (viewer: Person) => (await posting.read(viewer, root.id)).counts.replies;

  expect([await replies(author), await replies(follower), await replies(stranger)]).toEqual([4, 3, 1]);
  await posting.remove(author, inCircle.id);
  expect([await replies(author), await replies(follower), await replies(stranger)]).toEqual([3, 2, 1]);
  const { body } = await world.social.getProfile({ as: author.as, path: { handle: author.handle } }).expect(200);
  expect(body.profile.counts.posts).toBe(1);
  expect(await miscounted()).toEqual({ posts: [], people: [] });
});

test('of replies that are not public hold those one may open, however many came after them', async () => {
  const [author, follower, other] = [await world.person(), await world.person(), await world.person()];
  await posting.follow(follower, author);
  const root = await posting.post(author, 'Root');
  await posting.reply(author, root.id, { visibility: 'followers' });
  world.clock.advance(1_000);
  for (let n = 0; n < 101; n += 1) await posting.reply(other, root.id, { visibility: 'self' });

  expect((await posting.read(follower, root.id)).counts.replies).toBe(1);
  expect((await posting.read(other, root.id)).counts.replies).toBe(100);
});

test('of replies leave out who is about to leave, for all others, until they come back', async () => {
  const [author, leaving, blocking] = [await world.person(), await world.person(), await world.person()];
  const root = await posting.post(author, 'Root');
  await posting.reply(leaving, root.id);
  await posting.reply(leaving, root.id);
  await posting.reply(blocking, root.id);
  await posting.block(blocking, leaving);
  const replies = async (viewer: Person) => (await posting.read(viewer, root.id)).counts.replies;

  await world.social.closeAccount({ as: leaving.as }).expect(202);

  const { body } = await world.social.getThread({ as: author.as, path: { postId: root.id }, query: {} }).expect(200);
  expect(body.replies.items).toHaveLength(1);
  expect(body.post.counts.replies).toBe(1);
  expect([await replies(author), await replies(blocking), await replies(leaving)]).toEqual([1, 1, 2]);
  await world.query('DELETE FROM account_closure');
  expect([await replies(author), await replies(blocking), await replies(leaving)]).toEqual([3, 1, 2]);
});

test('of people in the settings are as many as their lists show', async () => {
  const [ada, asking, blocked, muted, both] = await Promise.all(Array.from({ length: 5 }, () => world.person())) as [
    Person, Person, Person, Person, Person,
  ]; // prettier-ignore
  const { as } = ada;
  await world.social.updateMe({ as, body: { locked: true } }).expect(200);
  for (const person of [asking, both]) await posting.follow(person, ada);
  for (const { id: userId } of [muted, both]) {
    await world.social.muteUser({ as, path: { userId }, body: {} }).expect(200);
  }
  await posting.block(ada, blocked);
  await world.social.createMutedWord({ as, body: { phrase: 'rain' } }).expect(201);
  await posting.circle(ada);
  const counts = async () => (await world.social.getSettings({ as }).expect(200)).body.privacy.counts;
  expect(await counts()).toEqual({ followRequests: 2, blocks: 1, mutes: 2, mutedWords: 1, circles: 1 });

  await posting.block(both, ada);
  expect(await counts()).toMatchObject({ followRequests: 1, mutes: 1 });
  for (const person of [asking, blocked, muted]) await world.social.closeAccount({ as: person.as }).expect(202);

  expect(await counts()).toEqual({ followRequests: 0, blocks: 0, mutes: 0, mutedWords: 1, circles: 1 });
  expect((await world.social.listBlocks({ as, query: {} }).expect(200)).body.items).toEqual([]);
  expect((await world.social.listMutes({ as, query: {} }).expect(200)).body.items).toEqual([]);
  expect((await world.social.listFollowRequests({ as, query: {} }).expect(200)).body.items).toEqual([]);
});
