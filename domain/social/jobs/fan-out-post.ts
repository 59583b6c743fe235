import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import { activeDays } from '../services/start-session.ts';
import type { SocialJobs } from './jobs.ts';

const followersAtOnce = 2_000;

/**
 * Delivers a post to one batch of its author's followers, those who were here lately, and adds the job for the next batch in
 * the same transaction: killed at any moment it goes on where it was.
 */
export async function fanOutPost(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  { postId, authorId, after }: SocialJobs['fanOutPost'],
): Promise<void> {
  const activeSince = new Date(ctx.clock.now().getTime() - activeDays * 86_400_000);
  await inTransaction(ctx.db, async (tx) => {
    const [batch] = await tx.$queryRaw<{ followers: number; last: string | null }[]>`
      WITH batch AS (
        SELECT f.follower_id FROM follow f
        WHERE f.followee_id = ${authorId}::uuid AND f.state = 'following' AND f.follower_id > ${after}::uuid
        ORDER BY f.follower_id
        LIMIT ${followersAtOnce}
      ), delivered AS (
        INSERT INTO timeline_entry (owner_id, post_id)
        SELECT b.follower_id, ${postId}::uuid FROM batch b JOIN account a ON a.id = b.follower_id
        WHERE a.last_active_at > ${activeSince}
        ON CONFLICT DO NOTHING
      )
      SELECT count(*)::int AS followers, (SELECT follower_id FROM batch ORDER BY follower_id DESC LIMIT 1) AS last FROM batch`;
    if (batch?.followers === followersAtOnce && batch.last !== null) {
      await ctx.queue.add(tx, 'fanOutPost', { postId, authorId, after: batch.last });
    }
  });
}
