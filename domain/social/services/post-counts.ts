import type { Visibility } from '#prisma/social';
import type { Tx } from '../context.ts';

interface CountedPost {
  authorId: string;
  visibility: Visibility;
  replyToId: string | null;
}

/**
 * Counts a post that appears (1) or disappears (-1): in its author's profile, and among the replies of the post it answers.
 * Only public posts are kept in counts; replies to fewer people are counted when they are read, for those who may see them.
 */
export async function countPost(tx: Tx, { authorId, visibility, replyToId }: CountedPost, by: 1 | -1): Promise<void> {
  if (visibility !== 'public') return;
  if (replyToId !== null) {
    await tx.post.update({ where: { id: replyToId }, data: { replyCount: { increment: by } } });
  }
  await tx.profile.update({ where: { accountId: authorId }, data: { postCount: { increment: by } } });
}
