/** What is between two people changes one at a time: both profiles are locked first, always in the same order. */
import type { Context, Tx } from '../context.ts';
import { notFound, selfRelation } from '../errors.ts';
import { forgetNotification } from './notify.ts';

/** Who follows, or asks to follow, whom. */
export interface Edge {
  followerId: string;
  followeeId: string;
}

/** Locks both; gives the other's profile. @throws self_relation, not_found */
export async function lockPair(tx: Tx, callerId: string, userId: string): Promise<{ locked: boolean }> {
  if (callerId === userId) throw selfRelation();
  const other = (await lockProfiles(tx, callerId, userId)).find(({ id }) => id === userId);
  if (!other) throw notFound();
  return other;
}

/** Locks what there is of both. */
export async function lockProfiles(tx: Tx, one: string, other: string) {
  return tx.$queryRaw<{ id: string; locked: boolean }[]>`
    SELECT account_id AS id, locked FROM profile
    WHERE account_id IN (${one}::uuid, ${other}::uuid) ORDER BY account_id FOR NO KEY UPDATE`;
}

/** Both counts, and the job that delivers what was posted before. Both profiles are locked already. */
export async function beginFollowing(tx: Tx, ctx: Pick<Context, 'queue'>, edge: Edge): Promise<void> {
  await addToCounts(tx, edge, 1);
  await ctx.queue.add(tx, 'fillTimeline', { ownerId: edge.followerId, authorId: edge.followeeId });
}

/** Ends a follow or a request, and what was told of it; does nothing when there is none. Both profiles are locked already. */
export async function removeFollow(tx: Tx, edge: Edge): Promise<void> {
  const existing = await tx.follow.findUnique({ where: { followerId_followeeId: edge } });
  if (!existing) return;
  await tx.follow.delete({ where: { followerId_followeeId: edge } });
  const { followerId, followeeId } = edge;
  await forgetNotification(tx, { accountId: followeeId, kind: ['follow', 'follow_request'], actorId: followerId });
  await forgetNotification(tx, { accountId: followerId, kind: ['follow_accepted'], actorId: followeeId });
  if (existing.state !== 'following') return;
  await addToCounts(tx, edge, -1);
  // Of no use any more, and found by nobody when the person who passed it on is erased.
  await tx.timelineRepost.deleteMany({ where: { ownerId: followerId, reposterId: followeeId } });
}

async function addToCounts(tx: Tx, { followerId, followeeId }: Edge, by: 1 | -1): Promise<void> {
  await tx.profile.update({ where: { accountId: followerId }, data: { followingCount: { increment: by } } });
  await tx.profile.update({ where: { accountId: followeeId }, data: { followerCount: { increment: by } } });
}
