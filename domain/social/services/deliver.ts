import type { Visibility } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { firstId } from '../helpers/page.ts';

interface Delivery {
  id: string;
  visibility: Visibility;
  circleId: string | null;
  authorId: string;
}

/**
 * Brings a post into feeds: into the author's own and those of a circle at once, into their followers' by a job. Authors with
 * very many followers are marked, once and for all, and their posts merged in when a feed is read.
 */
export async function deliver(
  tx: Tx,
  ctx: Pick<Context, 'clock' | 'queue' | 'config'>,
  { id, visibility, circleId, authorId }: Delivery,
): Promise<void> {
  await tx.timelineEntry.create({ data: { ownerId: authorId, postId: id } });
  if (visibility === 'self') return;
  if (circleId !== null) {
    await deliverToCircle(tx, { id, circleId, authorId });
    return;
  }
  const { followerCount } = await tx.profile.findUniqueOrThrow({ where: { accountId: authorId } });
  if (followerCount === 0) return;
  if (followerCount >= ctx.config.largeAuthorFollowers) {
    await tx.largeAuthor.createMany({ data: { accountId: authorId, since: ctx.clock.now() }, skipDuplicates: true });
    return;
  }
  const isLarge = await tx.largeAuthor.findUnique({ where: { accountId: authorId } });
  if (!isLarge) await ctx.queue.add(tx, 'fanOutPost', { postId: id, authorId, after: firstId });
}

/** Circles are small; who of them does not follow finds the post on the author's profile. */
async function deliverToCircle(tx: Tx, { id, circleId, authorId }: { id: string; circleId: string; authorId: string }) {
  await tx.$executeRaw`
    INSERT INTO timeline_entry (owner_id, post_id)
    SELECT c.member_id, ${id}::uuid
    FROM circle_member c
    JOIN follow f ON f.follower_id = c.member_id AND f.followee_id = ${authorId}::uuid AND f.state = 'following'
    WHERE c.circle_id = ${circleId}::uuid
    ON CONFLICT DO NOTHING`;
}
