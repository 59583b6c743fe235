import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import { replacingOlder } from '../services/deliver-repost.ts';
import { activeDays } from '../services/start-session.ts';
import type { SocialJobs } from './jobs.ts';

const followersAtOnce = 2_000;

/**
 * Delivers a repost to one batch of the followers of whoever made it, as fanOutPost does with a post; also to those in whose feeds
 * the post stands by itself, since that may change. A repost that was taken back meanwhile ends the chain.
 */
export async function fanOutRepost(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  { repostId, after }: SocialJobs['fanOutRepost'],
): Promise<void> {
  const activeSince = new Date(ctx.clock.now().getTime() - activeDays * 86_400_000);
  await inTransaction(ctx.db, async (tx) => {
    const [batch] = await tx.$queryRaw<{ followers: number; last: string | null }[]>`
      WITH batch AS (
        SELECT f.follower_id, r.post_id, r.id, r.account_id
        FROM repost r
        JOIN follow f ON f.followee_id = r.account_id AND f.state = 'following' AND f.follower_id > ${after}::uuid
        WHERE r.id = ${repostId}::uuid
        ORDER BY f.follower_id
        LIMIT ${followersAtOnce}
      ), delivered AS (
        INSERT INTO timeline_repost AS t (owner_id, post_id, repost_id, reposter_id)
        SELECT b.follower_id, b.post_id, b.id, b.account_id FROM batch b JOIN account a ON a.id = b.follower_id
        WHERE a.last_active_at > ${activeSince}
        ${replacingOlder}
      )
      SELECT count(*)::int AS followers, (SELECT follower_id FROM batch ORDER BY follower_id DESC LIMIT 1) AS last FROM batch`;
    if (batch?.followers === followersAtOnce && batch.last !== null) {
      await ctx.queue.add(tx, 'fanOutRepost', { repostId, after: batch.last });
    }
  });
}
