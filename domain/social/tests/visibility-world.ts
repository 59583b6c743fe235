/** A post of each kind by one author, among people who stand to her in every way, after everything has changed once. */
import { randomUUID } from 'node:crypto';
import { createPosting } from './posting.ts';
import { createWorld } from './world.ts';
import type { Person } from './world.ts';

/** How people stand to the author when they look. Those of the second line could see more before. */
export const viewers = [
  ...(['author', 'stranger', 'requested', 'follower', 'member', 'following-member', 'suspended'] as const),
  ...(['removed-member', 'unfollowed', 'blocked', 'blocking', 'muting'] as const),
];
export type Viewer = (typeof viewers)[number];

/** What can be of a post: for whom it is, or that it is gone. */
export const kinds = ['public', 'followers', 'circle', 'self', 'deleted', 'removed'] as const;
export type Kind = (typeof kinds)[number];

const across: Viewer[] = ['blocked', 'blocking'];
const followers: Viewer[] = ['follower', 'following-member', 'suspended', 'muting'];
const members: Viewer[] = ['member', 'following-member'];

/** The rules, in the words of the product: who may open what. */
export function mayOpen(viewer: Viewer, kind: Kind): boolean {
  if (kind === 'deleted' || kind === 'removed') return false;
  if (viewer === 'author') return true;
  if (across.includes(viewer)) return false;
  if (kind === 'public') return true;
  return (kind === 'followers' && followers.includes(viewer)) || (kind === 'circle' && members.includes(viewer));
}

/** Whether it is put before them, too: in search, in tags, in what they are told. */
export function hears(viewer: Viewer, kind: Kind): boolean {
  return mayOpen(viewer, kind) && viewer !== 'muting';
}

/** Everybody follows the witness, who passes the public posts on. */
export function findsInFeed(viewer: Viewer, kind: Kind): boolean {
  const follows = viewer === 'author' || followers.includes(viewer);
  return hears(viewer, kind) && (follows || kind === 'public');
}

/** A word, and a tag, that stands in the post of a kind and nowhere else. */
export const wordOf = (kind: Kind) => `zebra${kind}`;
export const tagOf = (kind: Kind) => `giraffe${kind}`;

export type Scene = Awaited<ReturnType<typeof createScene>>;

/** Call `world.close` in `afterAll`. */
export async function createScene() {
  const world = await createWorld();
  const posting = createPosting(world);
  const people = new Map<Viewer | 'witness', Person>();
  for (const name of [...viewers, 'witness'] as const) people.set(name, await world.person(name));
  const person = (name: Viewer | 'witness') => people.get(name) as Person;
  const [author, witness] = [person('author'), person('witness')];
  const circleId = await relate();
  const made = await postAll();
  await world.jobsDone();
  await change();
  await world.jobsDone();
  return { ...made, world, person, close: () => world.close() };

  async function relate(): Promise<string> {
    const { social } = world;
    await social.updateMe({ as: author.as, body: { locked: true } }).expect(200);
    await posting.follow(person('requested'), author);
    await social.updateMe({ as: author.as, body: { locked: false } }).expect(200);
    for (const name of [...followers, ...across, 'unfollowed'] as const) await posting.follow(person(name), author);
    await posting.follow(witness, author);
    for (const name of viewers) await posting.follow(person(name), witness);
    const inCircle = [...members, ...across, 'removed-member'] as const;
    return posting.circle(author, witness, ...inCircle.map(person));
  }

  /** A post of each kind that mentions everybody, with a reply, a quote and a repost; and one of each as a reply. */
  async function postAll() {
    const root = await posting.post(witness, 'The floor is yours');
    const posts = new Map<Kind, { id: string; replyId: string; quoteId: string; asReplyId: string }>();
    for (const kind of kinds) {
      world.clock.advance(1_000);
      const visibility = kind === 'deleted' || kind === 'removed' ? 'public' : kind;
      const audience = { visibility, ...(visibility === 'circle' && { circleId }) };
      const text = `${wordOf(kind)} #${tagOf(kind)} ${viewers.map((name) => `@${name}`).join(' ')}`;
      const { id } = await posting.post(author, text, audience);
      const reply = await posting.reply(kind === 'self' ? author : witness, id, { text: 'What is above?' });
      const quote = await posting.post(author, 'What is inside?', { quoteOfId: id });
      const asReply = await posting.reply(author, root.id, { ...audience, text: `Also ${wordOf(kind)}` });
      if (visibility === 'public') await world.social.repostPost({ as: witness.as, path: { postId: id } }).expect(200);
      for (const name of viewers) await world.social.bookmarkPost({ as: person(name).as, path: { postId: id } });
      posts.set(kind, { id, replyId: reply.id, quoteId: quote.id, asReplyId: asReply.id });
    }
    const postOf = (kind: Kind) =>
      posts.get(kind) as { id: string; replyId: string; quoteId: string; asReplyId: string };
    return { root, postOf };
  }

  async function change(): Promise<void> {
    const { social } = world;
    const staff = { staffId: 'staff-1' };
    const decision = () => ({ decisionId: randomUUID(), reason: 'Because' });
    const ofRemoved = person('removed-member').id;
    await social.removeCircleMember({ as: author.as, path: { circleId, userId: ofRemoved } }).expect(204);
    await social.unfollowUser({ as: person('unfollowed').as, path: { userId: author.id } }).expect(204);
    await posting.block(author, person('blocked'));
    await posting.block(person('blocking'), author);
    await social.muteUser({ as: person('muting').as, path: { userId: author.id }, body: {} }).expect(200);
    await social.suspendAccount({ as: staff, path: { userId: person('suspended').id }, body: decision() }).expect(200);
    for (const id of [made.postOf('deleted').id, made.postOf('deleted').asReplyId]) await posting.remove(author, id);
    for (const postId of [made.postOf('removed').id, made.postOf('removed').asReplyId]) {
      await social.removePost({ as: staff, path: { postId }, body: decision() }).expect(200);
    }
  }
}
