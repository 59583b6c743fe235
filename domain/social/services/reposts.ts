import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { newId } from '#platform/ids';
import type { Context } from '../context.ts';
import { notFound, notRepostable } from '../errors.ts';
import { deliverRepost } from './deliver-repost.ts';
import { limits, takeAllowance } from './limits.ts';
import { assertMayAct } from './may-act.ts';
import { forgetNotification, notify } from './notify.ts';
import { findVisiblePost } from './post-cards.ts';

/** Idempotent. Gives the post's count of reposts. @throws not_repostable; not_found for what the caller may not open */
export async function repostPost(
  ctx: Pick<Context, 'db' | 'clock' | 'queue' | 'config'>,
  caller: Caller,
  postId: string,
): Promise<number> {
  await takeAllowance(ctx, caller, limits.post);
  const accountId = caller.userId;
  return inTransaction(ctx.db, async (tx) => {
    await assertMayAct(tx, ctx, caller);
    const visible = await findVisiblePost(tx, caller, postId);
    if (!visible) throw notFound();
    const { visibility } = await tx.post.findUniqueOrThrow({ where: { id: postId }, select: { visibility: true } });
    if (visibility !== 'public') throw notRepostable();

    const now = ctx.clock.now();
    const repost = { id: newId(now), postId, accountId, createdAt: now };
    const { count } = await tx.repost.createMany({ data: repost, skipDuplicates: true });
    if (count === 1) {
      await deliverRepost(tx, ctx, repost);
      await notify(tx, ctx, { accountId: visible.authorId, kind: 'repost', actorId: accountId, postId });
    }
    const counted = await tx.post.update({
      where: { id: postId },
      data: { repostCount: { increment: count } },
      select: { repostCount: true },
    });
    return counted.repostCount;
  });
}

/** Idempotent. What was delivered of it is only a hint, and leads nowhere any more. */
export async function unrepostPost(ctx: Pick<Context, 'db'>, caller: Caller, postId: string): Promise<void> {
  const accountId = caller.userId;
  await inTransaction(ctx.db, async (tx) => {
    const { count } = await tx.repost.deleteMany({ where: { postId, accountId } });
    if (count === 0) return;
    const post = await tx.post.update({
      where: { id: postId },
      data: { repostCount: { decrement: 1 } },
      select: { authorId: true },
    });
    await forgetNotification(tx, { accountId: post.authorId, kind: ['repost'], actorId: accountId, postId });
  });
}
