import { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';
import type { SocialJobs } from './jobs.ts';

const recentPosts = 200;

/**
 * Delivers to one person what was posted before it would have been: the recent posts of somebody newly followed, or of
 * everybody they follow when they come back after a long time.
 */
export async function fillTimeline(
  ctx: Pick<Context, 'db'>,
  { ownerId, authorId }: SocialJobs['fillTimeline'],
): Promise<void> {
  const onlyOne = authorId === undefined ? Prisma.empty : Prisma.sql`AND f.followee_id = ${authorId}::uuid`;
  await ctx.db.$executeRaw`
    INSERT INTO timeline_entry (owner_id, post_id)
    SELECT f.follower_id, recent.id
    FROM follow f
    CROSS JOIN LATERAL (
      SELECT v.id FROM visible_posts(${ownerId}::uuid) v
      WHERE v.author_id = f.followee_id AND v.reply_to_id IS NULL
      ORDER BY v.id DESC
      LIMIT ${authorId === undefined ? 20 : recentPosts}
    ) recent
    WHERE f.follower_id = ${ownerId}::uuid AND f.state = 'following' ${onlyOne}
    ON CONFLICT DO NOTHING`;
}
