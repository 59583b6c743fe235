import { inTransaction } from '#platform/database';
import { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';
import { replacingOlder } from '../services/deliver-repost.ts';
import type { SocialJobs } from './jobs.ts';

const recentOfOne = 200;
const recentOfEach = 20;

/**
 * Delivers to one person what was posted and reposted before it would have been: lately by somebody newly followed, or by
 * everybody they follow when they come back after a long time.
 */
export async function fillTimeline(
  ctx: Pick<Context, 'db'>,
  { ownerId, authorId }: SocialJobs['fillTimeline'],
): Promise<void> {
  const recent = authorId === undefined ? recentOfEach : recentOfOne;
  const followed = Prisma.sql`
    FROM follow f
    WHERE f.follower_id = ${ownerId}::uuid AND f.state = 'following'
      ${authorId === undefined ? Prisma.empty : Prisma.sql`AND f.followee_id = ${authorId}::uuid`}`;
  await inTransaction(ctx.db, async (tx) => {
    await tx.$executeRaw`
      INSERT INTO timeline_entry (owner_id, post_id)
      SELECT ${ownerId}::uuid, recent.id
      FROM (SELECT f.followee_id AS id ${followed}) author
      CROSS JOIN LATERAL (
        SELECT v.id FROM visible_posts(${ownerId}::uuid) v
        WHERE v.author_id = author.id AND v.reply_to_id IS NULL
        ORDER BY v.id DESC
        LIMIT ${recent}
      ) recent
      ON CONFLICT DO NOTHING`;
    await tx.$executeRaw`
      INSERT INTO timeline_repost AS t (owner_id, post_id, repost_id, reposter_id)
      SELECT ${ownerId}::uuid, recent.post_id, recent.id, recent.account_id
      FROM (SELECT f.followee_id AS id ${followed}) author
      CROSS JOIN LATERAL (
        SELECT r.id, r.post_id, r.account_id FROM repost r
        WHERE r.account_id = author.id
        ORDER BY r.id DESC
        LIMIT ${recent}
      ) recent
      ${replacingOlder}`;
  });
}
