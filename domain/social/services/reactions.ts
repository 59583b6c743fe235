import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import type { ReactionKind } from '#prisma/social';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { limits, takeAllowance } from './limits.ts';
import { assertMayAct } from './may-act.ts';
import { forgetNotification, notify } from './notify.ts';
import { findVisiblePost } from './post-cards.ts';

/** Idempotent; another kind replaces the one before. Gives the post's count of reactions. */
export async function setReaction(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: Caller,
  { postId, kind }: { postId: string; kind: ReactionKind },
): Promise<number> {
  const accountId = caller.userId;
  await takeAllowance(ctx, caller, limits.react);
  return inTransaction(ctx.db, async (tx) => {
    await assertMayAct(tx, ctx, caller);
    const post = await findVisiblePost(tx, caller, postId);
    if (!post) throw notFound();

    const reaction = { postId, accountId, kind, createdAt: ctx.clock.now() };
    const { count } = await tx.reaction.createMany({ data: reaction, skipDuplicates: true });
    if (count === 0) {
      await tx.reaction.updateMany({ where: { postId, accountId }, data: { kind } });
    } else {
      await notify(tx, ctx, { accountId: post.authorId, kind: 'reaction', actorId: accountId, postId });
    }
    const counted = await tx.post.update({
      where: { id: postId },
      data: { reactionCount: { increment: count } },
      select: { reactionCount: true },
    });
    return counted.reactionCount;
  });
}

/** Idempotent. */
export async function deleteReaction(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  { postId, kind }: { postId: string; kind: ReactionKind },
): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    const { count } = await tx.reaction.deleteMany({ where: { postId, accountId: caller.userId, kind } });
    if (count === 0) return;
    const post = await tx.post.update({
      where: { id: postId },
      data: { reactionCount: { decrement: 1 } },
      select: { authorId: true },
    });
    await forgetNotification(tx, { accountId: post.authorId, kind: ['reaction'], actorId: caller.userId, postId });
  });
}
