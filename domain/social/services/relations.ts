import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import type { FollowState } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { notFound, selfRelation } from '../errors.ts';
import { assertMayAct } from './may-act.ts';
import { forgetNotification, notify } from './notify.ts';

/** Idempotent. The recent posts of somebody newly followed are delivered by a job. */
export async function followUser(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: Caller,
  userId: string,
): Promise<FollowState> {
  const follow = { followerId: caller.userId, followeeId: userId };
  return inTransaction(ctx.db, async (tx) => {
    await assertMayAct(tx, ctx, caller);
    const followee = await lockPair(tx, caller.userId, userId);
    if (await isBlocked(tx, caller.userId, userId)) throw notFound();

    const existing = await tx.follow.findUnique({ where: { followerId_followeeId: follow } });
    if (existing) return existing.state;
    const state = followee.locked ? 'requested' : 'following';
    await tx.follow.create({ data: { ...follow, state, createdAt: ctx.clock.now() } });
    await notify(tx, ctx, {
      accountId: userId,
      kind: state === 'following' ? 'follow' : 'follow_request',
      actorId: caller.userId,
    });
    if (state === 'following') {
      await addToCounts(tx, follow, 1);
      await ctx.queue.add(tx, 'fillTimeline', { ownerId: caller.userId, authorId: userId });
    }
    return state;
  });
}

/** Idempotent; takes back a request too. */
export async function unfollowUser(ctx: Pick<Context, 'db'>, caller: Caller, userId: string): Promise<void> {
  if (caller.userId === userId) return;
  await inTransaction(ctx.db, async (tx) => {
    await lockProfiles(tx, caller.userId, userId);
    await removeFollow(tx, { followerId: caller.userId, followeeId: userId });
  });
}

/** Idempotent; follows both ways end, and what one notified the other of is gone. */
export async function blockUser(ctx: Pick<Context, 'db' | 'clock'>, caller: Caller, userId: string): Promise<void> {
  const { userId: blockerId } = caller;
  await inTransaction(ctx.db, async (tx) => {
    await lockPair(tx, blockerId, userId);
    await tx.block.createMany({
      data: { blockerId, blockedId: userId, createdAt: ctx.clock.now() },
      skipDuplicates: true,
    });
    await removeFollow(tx, { followerId: blockerId, followeeId: userId });
    await removeFollow(tx, { followerId: userId, followeeId: blockerId });
    await tx.notification.deleteMany({
      where: {
        OR: [
          { accountId: blockerId, actorId: userId },
          { accountId: userId, actorId: blockerId },
        ],
      },
    });
  });
}

/** Idempotent. */
export async function unblockUser(ctx: Pick<Context, 'db'>, caller: Caller, userId: string): Promise<void> {
  await ctx.db.block.deleteMany({ where: { blockerId: caller.userId, blockedId: userId } });
}

/**
 * Locks both profiles, always in the same order, so that what is between the two changes one at a time. Gives the other's.
 * @throws self_relation, not_found
 */
async function lockPair(tx: Tx, callerId: string, userId: string): Promise<{ locked: boolean }> {
  if (callerId === userId) throw selfRelation();
  const other = (await lockProfiles(tx, callerId, userId)).find(({ id }) => id === userId);
  if (!other) throw notFound();
  return other;
}

async function lockProfiles(tx: Tx, one: string, other: string) {
  return tx.$queryRaw<{ id: string; locked: boolean }[]>`
    SELECT account_id AS id, locked FROM profile
    WHERE account_id IN (${one}::uuid, ${other}::uuid) ORDER BY account_id FOR NO KEY UPDATE`;
}

async function isBlocked(tx: Tx, one: string, other: string): Promise<boolean> {
  const block = await tx.block.findFirst({
    where: {
      OR: [
        { blockerId: one, blockedId: other },
        { blockerId: other, blockedId: one },
      ],
    },
    select: { blockerId: true },
  });
  return block !== null;
}

async function removeFollow(tx: Tx, follow: { followerId: string; followeeId: string }): Promise<void> {
  const existing = await tx.follow.findUnique({ where: { followerId_followeeId: follow } });
  if (!existing) return;
  await tx.follow.delete({ where: { followerId_followeeId: follow } });
  await forgetNotification(tx, {
    accountId: follow.followeeId,
    kind: ['follow', 'follow_request'],
    actorId: follow.followerId,
  });
  if (existing.state === 'following') await addToCounts(tx, follow, -1);
}

/** Both rows are locked already. */
async function addToCounts(tx: Tx, { followerId, followeeId }: { followerId: string; followeeId: string }, by: 1 | -1) {
  await tx.profile.update({ where: { accountId: followerId }, data: { followingCount: { increment: by } } });
  await tx.profile.update({ where: { accountId: followeeId }, data: { followerCount: { increment: by } } });
}
