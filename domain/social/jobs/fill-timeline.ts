import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import { firstId } from '../helpers/page.ts';
import { replacingOlder } from '../services/deliver-repost.ts';
import type { SocialJobs } from './jobs.ts';

const recentOfOne = 200;
const recentOfEach = 20;
const followedAtOnce = 500;

/**
 * Delivers to one person what was posted and reposted before it would have been: lately by somebody newly followed, or by
 * everybody they follow when they come back after a long time, one batch of these after the other, as fanOutPost does.
 */
export async function fillTimeline(
  ctx: Pick<Context, 'db' | 'queue'>,
  { ownerId, authorId, after = firstId }: SocialJobs['fillTimeline'],
): Promise<void> {
  const recent = authorId === undefined ? recentOfEach : recentOfOne;
  await inTransaction(ctx.db, async (tx) => {
    const batch = await tx.follow.findMany({
      where: { followerId: ownerId, state: 'following', followeeId: authorId ?? { gt: after } },
      select: { followeeId: true },
      orderBy: { followeeId: 'asc' },
      take: followedAtOnce,
    });
    const authors = batch.map(({ followeeId }) => followeeId);
    await tx.$executeRaw`
      INSERT INTO timeline_entry (owner_id, post_id)
      SELECT ${ownerId}::uuid, recent.id
      FROM unnest(${authors}::uuid[]) author (id)
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
      FROM unnest(${authors}::uuid[]) author (id)
      CROSS JOIN LATERAL (
        SELECT r.id, r.post_id, r.account_id FROM repost r
        WHERE r.account_id = author.id
        ORDER BY r.id DESC
        LIMIT ${recent}
      ) recent
      ${replacingOlder}`;
    const last = authors[followedAtOnce - 1];
    if (last !== undefined) await ctx.queue.add(tx, 'fillTimeline', { ownerId, after: last });
  });
}
