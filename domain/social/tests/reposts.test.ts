import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { limitSubject, limits } from '../services/limits.ts';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
/** Ada writes, Ben and Cleo pass on, the viewer follows Ben and Cleo. */
let ada: Person;
let ben: Person;
let cleo: Person;
let viewer: Person;
beforeAll(async () => {
  // Three followers make a large author here.
  world = await createWorld({ largeAuthorFollowers: 3 });
});
beforeEach(async () => {
  [ada, ben, cleo, viewer] = [await world.person(), await world.person(), await world.person(), await world.person()];
  await follow(viewer, ben);
  await follow(viewer, cleo);
});
afterAll(() => world.close());

const missing = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';
type NewPost = Parameters<World['social']['createPost']>[0]['body'];

async function post(author: Person, body: Partial<NewPost> = {}): Promise<string> {
  world.clock.advance(1_000);
  const whole = { text: 'Hello', visibility: 'public' as const, ...body };
  return (await world.social.createPost({ as: author.as, body: whole }).expect(201)).body.id;
}
const put = (who: Person, postId: string) => world.social.repostPost({ as: who.as, path: { postId } });
const takeBack = (who: Person, postId: string) => world.social.unrepostPost({ as: who.as, path: { postId } });
const follow = (from: Person, to: Person) =>
  world.social.followUser({ as: from.as, path: { userId: to.id } }).expect(200);
const unfollow = (from: Person, to: Person) =>
  world.social.unfollowUser({ as: from.as, path: { userId: to.id } }).expect(204);

async function repost(who: Person, postId: string): Promise<void> {
  world.clock.advance(1_000);
  await put(who, postId).expect(200);
}
async function feedOf(who: Person, query: { cursor?: string; limit?: number } = {}) {
  return (await world.social.getHomeFeed({ as: who.as, query }).expect(200)).body;
}
/** What stands in a feed: the post, and who brought it. */
async function read(who: Person) {
  return (await feedOf(who)).items.map(({ id, repostedBy }) => [id, repostedBy?.id ?? null]);
}
async function makeLarge(star: Person): Promise<void> {
  for (let fans = 0; fans < 3; fans += 1) await follow(await world.person(), star);
}

describe('a repost', () => {
  test("brings a post into followers' feeds and one's own, with who passed it on", async () => {
    const id = await post(ada);

    const first = await put(ben, id).expect(200);
    const again = await put(ben, id).expect(200);
    await world.jobsDone();

    expect([first.body, again.body]).toEqual(Array(2).fill({ reposted: true, counts: { reposts: 1 } }));
    const { items } = await feedOf(viewer);
    expect(items).toMatchObject([{ id, author: { id: ada.id }, repostedBy: { id: ben.id, handle: ben.handle } }]);
    expect(items[0]?.placeId).not.toBe(id);
    expect(await read(ben)).toEqual([[id, ben.id]]);
    const card = await world.social.getPost({ as: ben.as, path: { postId: id } }).expect(200);
    expect(card.body).toMatchObject({ counts: { reposts: 1 }, viewer: { reposted: true } });
  });

  test('stands where it was made, and carries replies too', async () => {
    const reply = await post(ada, { replyToId: await post(ada) });
    const bens = await post(ben);
    await repost(ben, reply);
    const later = await post(cleo);

    await world.jobsDone();

    expect(await read(viewer)).toEqual([[later, null], [reply, ben.id], [bens, null]]); // prettier-ignore
  });

  test('is taken back for good, and can be made again', async () => {
    const id = await post(ada);
    await repost(ben, id);
    await world.jobsDone();

    await takeBack(ben, id).expect(204);
    await takeBack(ben, id).expect(204);

    expect(await read(viewer)).toEqual([]);
    expect(await read(ben)).toEqual([]);
    const { body } = await world.social.getPost({ as: ben.as, path: { postId: id } }).expect(200);
    expect(body).toMatchObject({ counts: { reposts: 0 }, viewer: { reposted: false } });
    await repost(ben, id);
    await world.jobsDone();
    expect(await read(viewer)).toEqual([[id, ben.id]]);
    await takeBack(ben, missing).expect(204);
  });

  test('of what is not public is refused, and of what may not be opened not found', async () => {
    await follow(ben, ada);
    const forFollowers = await post(ada, { visibility: 'followers' });
    const own = await post(ben, { visibility: 'self' });
    const secret = await post(ada, { visibility: 'self' });
    const gone = await post(ada);
    await world.social.deletePost({ as: ada.as, path: { postId: gone } }).expect(204);

    for (const id of [forFollowers, own]) {
      expect((await put(ben, id).expect(422)).body.code).toBe('not_repostable');
    }
    for (const id of [secret, gone, missing]) await put(ben, id).expect(404);
    await put(cleo, forFollowers).expect(404);
    await put(ben, 'x').expect(400);
    await world.social.blockUser({ as: ada.as, path: { userId: cleo.id } }).expect(204);
    await put(cleo, await post(ada)).expect(404);
  });

  test('of a suspended person, or too many of them, are refused', async () => {
    const id = await post(ada);
    const body = { decisionId: missing.replace('0198', '0199'), reason: 'Spam' };
    await world.social.suspendAccount({ as: { staffId: 'mod' }, path: { userId: cleo.id }, body }).expect(200);
    const endsAt = new Date(world.clock.now().getTime() + 60_000);
    await world.query(
      'INSERT INTO limit_window VALUES ($1, $2, $3)',
      limitSubject('post', ben.id),
      limits.post.quota,
      endsAt,
    );

    expect((await put(cleo, id).expect(403)).body.code).toBe('account_suspended');
    const refused = await put(ben, id).expect(429);

    expect(refused.body.code).toBe('rate_limited');
    expect(refused.headers['retry-after']).toBe('60');
  });

  test('is told to the author, until it is taken back', async () => {
    const id = await post(ada);
    const told = async () => (await world.social.listNotifications({ as: ada.as, query: {} }).expect(200)).body.items;

    await repost(ben, id);
    expect(await told()).toMatchObject([{ kind: 'repost', postId: id, actors: [{ id: ben.id }] }]);
    await takeBack(ben, id).expect(204);

    expect(await told()).toEqual([]);
    await repost(ada, id);
    expect(await told()).toEqual([]);
  });
});

describe('a feed', () => {
  test('leaves out reposts by people who are muted, not followed any longer, or leaving', async () => {
    const [one, two] = [await post(ada), await post(ada)];
    await repost(ben, one);
    await repost(cleo, two);
    await world.jobsDone();
    expect(await read(viewer)).toEqual([[two, cleo.id], [one, ben.id]]); // prettier-ignore

    await world.social.muteUser({ as: viewer.as, path: { userId: ben.id }, body: {} }).expect(200);
    expect(await read(viewer)).toEqual([[two, cleo.id]]);
    await world.query(`INSERT INTO account_closure VALUES ($1, now(), now() + interval '14 days')`, cleo.id);
    expect(await read(viewer)).toEqual([]);
    await world.query('DELETE FROM account_closure');
    await unfollow(viewer, cleo);

    expect(await read(viewer)).toEqual([]);
  });

  test('leaves out reposts of people who are muted or blocked, of muted words, and of what is deleted', async () => {
    const ids = [await post(ada), await post(ada, { text: 'Rain again' })];
    for (const id of ids) await repost(ben, id);
    const dora = await world.person();
    const deleted = await post(dora);
    await repost(cleo, deleted);
    await world.jobsDone();
    expect(await read(viewer)).toHaveLength(3);

    await world.social.deletePost({ as: dora.as, path: { postId: deleted } }).expect(204);
    await world.social.createMutedWord({ as: viewer.as, body: { phrase: 'rain' } }).expect(201);
    expect(await read(viewer)).toEqual([[ids[0], ben.id]]);
    await world.social.blockUser({ as: ada.as, path: { userId: viewer.id } }).expect(204);

    expect(await read(viewer)).toEqual([]);
  });

  test('shows a post once: by itself, else by whoever passed it on first', async () => {
    const [followed, strange] = [await post(cleo), await post(ada)];
    for (const who of [ben, cleo]) await repost(who, strange);
    await repost(ben, followed);
    await world.jobsDone();

    expect(await read(viewer)).toEqual([[strange, ben.id], [followed, null]]); // prettier-ignore
    await unfollow(viewer, cleo);
    expect(await read(viewer)).toEqual([[followed, ben.id], [strange, ben.id]]); // prettier-ignore
  });

  test('gives the place of a repost that is taken back to the next one that is made', async () => {
    const id = await post(ada);
    await repost(ben, id);
    await world.jobsDone();
    await takeBack(ben, id).expect(204);

    await repost(cleo, id);
    await world.jobsDone();

    expect(await read(viewer)).toEqual([[id, cleo.id]]);
  });

  test('shows a post by the next who passed it on, when the first takes it back or is muted', async () => {
    const [one, two] = [await post(ada), await post(ada)];
    for (const id of [one, two]) for (const who of [ben, cleo]) await repost(who, id);
    await world.jobsDone();
    expect(await read(viewer)).toEqual([[two, ben.id], [one, ben.id]]); // prettier-ignore

    await takeBack(ben, one).expect(204);
    expect(await read(viewer)).toEqual([[two, ben.id], [one, cleo.id]]); // prettier-ignore
    await repost(ben, one);
    await world.jobsDone();
    expect(await read(viewer)).toEqual([[two, ben.id], [one, cleo.id]]); // prettier-ignore
    await world.social.muteUser({ as: viewer.as, path: { userId: ben.id }, body: {} }).expect(200);
    expect(await read(viewer)).toEqual([[two, cleo.id], [one, cleo.id]]); // prettier-ignore
    await world.social.unmuteUser({ as: viewer.as, path: { userId: ben.id } }).expect(204);
    await unfollow(viewer, cleo);

    expect(await read(viewer)).toEqual([[one, ben.id], [two, ben.id]]); // prettier-ignore
  });

  test('takes in the reposts of somebody newly followed', async () => {
    const newcomer = await world.person();
    const id = await post(ada);
    await repost(ben, id);

    await follow(newcomer, ben);
    await world.jobsDone();

    expect(await read(newcomer)).toEqual([[id, ben.id]]);
  });

  test('merges in the reposts of large authors, each post once among all of them', async () => {
    await makeLarge(ben);
    await makeLarge(cleo);
    const [one, two, three] = [await post(ada), await post(ada), await post(ada)];
    await repost(ben, one);
    await repost(cleo, one);
    await repost(cleo, two);
    await repost(ben, three);
    await repost(viewer, three);
    await world.jobsDone();

    const delivered = await world.query(
      'SELECT 1 FROM timeline_repost WHERE owner_id <> reposter_id AND post_id = ANY ($1)',
      [one, two, three],
    );

    expect(delivered).toEqual([]);
    const expected = [[three, viewer.id], [two, cleo.id], [one, ben.id]]; // prettier-ignore
    expect(await read(viewer)).toEqual(expected);
    await takeBack(viewer, three).expect(204);
    await takeBack(ben, one).expect(204);
    expect(await read(viewer)).toEqual([[three, ben.id], [two, cleo.id], [one, cleo.id]]); // prettier-ignore
  });

  test('shows each post once, page by page, while others are posted, reposted and taken back', async () => {
    await makeLarge(cleo);
    const expected: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const [byBen, byBoth, own] = [await post(ada), await post(ada), await post(ben)];
      await repost(ben, byBen);
      await repost(cleo, byBoth);
      await repost(ben, byBoth);
      await repost(cleo, own);
      expected.push(byBen, byBoth, own);
    }
    await world.jobsDone();

    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await feedOf(viewer, { limit: 2, ...(cursor !== undefined && { cursor }) });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
      await repost(ben, seen[0] ?? '');
      await repost(cleo, await post(ada));
      await repost(ben, await post(ada));
      await world.jobsDone();
    } while (cursor !== undefined);

    expect([...seen].sort()).toEqual([...expected].sort());
  });

  test('says how far it is read, on every device', async () => {
    const id = await post(ada);
    await repost(ben, id);
    await world.jobsDone();
    const screen = async () => (await world.social.getFeedScreen({ as: viewer.as, query: {} }).expect(200)).body;
    expect(await screen()).toMatchObject({ feed: { items: [{ id }], nextCursor: null }, marker: null });
    const lastReadId = (await feedOf(viewer)).items[0]?.placeId ?? '';

    const place = { as: viewer.as, path: { timeline: 'home' as const } };
    await world.social.putMarker({ ...place, body: { lastReadId, version: 0 } }).expect(200);

    const marker = { timeline: 'home', lastReadId, version: 1 };
    expect(await screen()).toMatchObject({ feed: { items: [{ id }] }, marker });
    expect((await world.social.getHome({ as: viewer.as, query: {} }).expect(200)).body.marker).toEqual(marker);
    const stale = await world.social.putMarker({ ...place, body: { lastReadId, version: 0 } }).expect(409);
    expect(stale.body).toMatchObject({ code: 'marker_stale', current: marker });
    const page = { as: viewer.as, query: { cursor: 'x' } };
    await world.social.getFeedScreen(page).expect(400);
  });
});

test('a profile shows what its person passed on, among what they wrote; not what they passed on of their own', async () => {
  const [strange, own] = [await post(ada), await post(ben)];
  await repost(ben, strange);
  await repost(ben, own);
  const hidden = await post(cleo);
  await repost(ben, hidden);
  await world.social.blockUser({ as: cleo.as, path: { userId: ada.id } }).expect(204);

  const list = async (who: Person, query: { limit?: number; cursor?: string } = {}) =>
    (await world.social.listProfilePosts({ as: who.as, path: { handle: ben.handle }, query }).expect(200)).body;

  const seen = (await list(ada)).items.map(({ id, repostedBy }) => [id, repostedBy?.id ?? null]);
  expect(seen).toEqual([[strange, ben.id], [own, null]]); // prettier-ignore
  const page = await list(ada, { limit: 1 });
  const rest = await list(ada, { limit: 1, cursor: page.nextCursor ?? '' });
  expect([...page.items, ...rest.items].map(({ id }) => id)).toEqual([strange, own]);
  expect(rest.nextCursor).toBeNull();
});

describe('the people of a post', () => {
  test('are listed the latest first, without those whom one cannot see', async () => {
    const id = await post(ada);
    for (const who of [ben, cleo, viewer]) {
      await repost(who, id);
      await world.social.setReaction({ as: who.as, path: { postId: id, kind: 'cheer' } }).expect(200);
    }
    await world.social.blockUser({ as: cleo.as, path: { userId: ada.id } }).expect(204);
    const list = { as: ben.as, path: { postId: id } };

    const reposts = await world.social.listReposts({ ...list, query: { limit: 2 } }).expect(200);
    const rest = await world.social
      .listReposts({ ...list, query: { limit: 2, cursor: reposts.body.nextCursor ?? '' } })
      .expect(200);
    const reactions = await world.social.listReactions({ ...list, query: { limit: 2 } }).expect(200);
    const more = await world.social
      .listReactions({ ...list, query: { limit: 2, cursor: reactions.body.nextCursor ?? '' } })
      .expect(200);

    const latest = [viewer.id, cleo.id, ben.id];
    expect([...reposts.body.items, ...rest.body.items].map((person) => person.id)).toEqual(latest);
    expect([...reactions.body.items, ...more.body.items].map(({ person }) => person.id)).toEqual(latest);
    expect(reactions.body.items[0]).toMatchObject({ kind: 'cheer', createdAt: world.clock.now().toISOString() });
    expect([rest.body.nextCursor, more.body.nextCursor]).toEqual([null, null]);
    const adas = { as: ada.as, path: { postId: id }, query: {} };
    expect((await world.social.listReposts(adas).expect(200)).body.items).toHaveLength(2);
    expect((await world.social.listReactions(adas).expect(200)).body.items).toHaveLength(2);
  });

  test('are nobody’s business who may not open it', async () => {
    const secret = await post(ada, { visibility: 'followers' });

    for (const postId of [secret, missing]) {
      await world.social.listReposts({ as: ben.as, path: { postId }, query: {} }).expect(404);
      await world.social.listReactions({ as: ben.as, path: { postId }, query: {} }).expect(404);
    }
  });
});

test('counts stay right while many pass on and take back at once', async () => {
  const posts = [await post(ada), await post(ada)];
  const people = [ada, ben, cleo, viewer];

  const work = people.flatMap((who) =>
    posts.flatMap((id) => [put(who, id), put(who, id), takeBack(who, id), put(who, id), takeBack(who, id)]),
  );
  const answers = await Promise.all(work);

  expect(answers.filter(({ status }) => status >= 500 && status !== 503)).toEqual([]);
  const wrong = await world.query(
    'SELECT id FROM post p WHERE repost_count <> (SELECT count(*) FROM repost r WHERE r.post_id = p.id)',
  );
  expect(wrong).toEqual([]);
});
