import { Prisma } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { firstId } from '../helpers/page.ts';

interface Delivery {
  id: string;
  postId: string;
  accountId: string;
}

/** Brings a repost into feeds as a post is: into one's own at once, into the followers' by a job, a large author's when it is read. */
export async function deliverRepost(
  tx: Tx,
  ctx: Pick<Context, 'clock' | 'queue' | 'config'>,
  { id, postId, accountId }: Delivery,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO timeline_repost AS t (owner_id, post_id, repost_id, reposter_id)
    VALUES (${accountId}::uuid, ${postId}::uuid, ${id}::uuid, ${accountId}::uuid)
    ${replacingOlder}`;
  const { followerCount } = await tx.profile.findUniqueOrThrow({
    where: { accountId },
    select: { followerCount: true },
  });
  if (followerCount === 0) return;
  if (followerCount >= ctx.config.largeAuthorFollowers) {
    await tx.largeAuthor.createMany({ data: { accountId, since: ctx.clock.now() }, skipDuplicates: true });
    return;
  }
  const isLarge = await tx.largeAuthor.findUnique({ where: { accountId } });
  if (!isLarge) await ctx.queue.add(tx, 'fanOutRepost', { repostId: id, after: firstId });
}

/**
 * Where somebody's repost of the post was delivered before, it was taken back, and the newer one stands; a job that comes late does
 * not bring the older one back. Which of several people's reposts is shown is decided when the feed is read.
 */
export const replacingOlder = Prisma.sql`
  ON CONFLICT (owner_id, post_id, reposter_id) DO UPDATE SET repost_id = excluded.repost_id
  WHERE t.repost_id < excluded.repost_id`;
