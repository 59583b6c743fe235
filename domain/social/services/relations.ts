import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import type { FollowState } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { beginFollowing, lockPair, lockProfiles, removeFollow } from './follow-edges.ts';
import type { Edge } from './follow-edges.ts';
import { limits, takeAllowance } from './limits.ts';
import { assertMayAct } from './may-act.ts';
import { forgetNotification, notify } from './notify.ts';
import { assertVisible } from './people.ts';

type FollowContext = Pick<Context, 'db' | 'clock' | 'queue'>;

/** Idempotent. A request that was made while the account was locked becomes a follow when asked again after that. */
export async function followUser(ctx: FollowContext, caller: Caller, userId: string): Promise<FollowState> {
  await takeAllowance(ctx, caller, limits.follow);
  const edge = { followerId: caller.userId, followeeId: userId };
  return inTransaction(ctx.db, async (tx) => {
    await assertMayAct(tx, ctx, caller);
    const followee = await lockPair(tx, caller.userId, userId);
    await assertVisible(tx, caller, userId);

    const state = followee.locked ? 'requested' : 'following';
    const existing = await tx.follow.findUnique({ where: { followerId_followeeId: edge } });
    if (existing && (existing.state === 'following' || existing.state === state)) return existing.state;
    await putFollow(tx, ctx, { edge, state });
    return state;
  });
}

/** Idempotent; takes back a request too. */
export async function unfollowUser(ctx: Pick<Context, 'db'>, caller: Caller, userId: string): Promise<void> {
  await endFollow(ctx, { followerId: caller.userId, followeeId: userId });
}

/** Idempotent; refuses a request too. The person is not told. */
export async function removeFollower(ctx: Pick<Context, 'db'>, caller: Caller, userId: string): Promise<void> {
  await endFollow(ctx, { followerId: userId, followeeId: caller.userId });
}

async function endFollow(ctx: Pick<Context, 'db'>, edge: Edge): Promise<void> {
  if (edge.followerId === edge.followeeId) return;
  await inTransaction(ctx.db, async (tx) => {
    await lockProfiles(tx, edge.followerId, edge.followeeId);
    await removeFollow(tx, edge);
  });
}

async function putFollow(tx: Tx, ctx: FollowContext, { edge, state }: { edge: Edge; state: FollowState }) {
  const { followerId, followeeId } = edge;
  const createdAt = ctx.clock.now();
  await tx.follow.upsert({
    where: { followerId_followeeId: edge },
    create: { ...edge, state, createdAt },
    update: { state, createdAt },
  });
  if (state === 'requested') {
    await notify(tx, ctx, { accountId: followeeId, kind: 'follow_request', actorId: followerId });
    return;
  }
  await forgetNotification(tx, { accountId: followeeId, kind: ['follow_request'], actorId: followerId });
  await notify(tx, ctx, { accountId: followeeId, kind: 'follow', actorId: followerId });
  await beginFollowing(tx, ctx, edge);
}
