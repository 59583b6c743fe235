import type { Visibility } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { firstId } from '../helpers/page.ts';

interface Delivery {
  id: string;
  visibility: Visibility;
  author: { accountId: string; followerCount: number };
}

/**
 * Brings a post into feeds: into the author's own at once, into their followers' by a job. Authors with very many followers
 * are marked, once and for all, and their posts merged in when a feed is read.
 */
export async function deliver(
  tx: Tx,
  ctx: Pick<Context, 'clock' | 'queue' | 'config'>,
  { id, visibility, author }: Delivery,
): Promise<void> {
  const { accountId } = author;
  await tx.timelineEntry.create({ data: { ownerId: accountId, postId: id } });
  if (visibility === 'self' || author.followerCount === 0) return;
  if (author.followerCount >= ctx.config.largeAuthorFollowers) {
    await tx.largeAuthor.createMany({ data: { accountId, since: ctx.clock.now() }, skipDuplicates: true });
    return;
  }
  const isLarge = await tx.largeAuthor.findUnique({ where: { accountId } });
  if (!isLarge) await ctx.queue.add(tx, 'fanOutPost', { postId: id, authorId: accountId, after: firstId });
}
