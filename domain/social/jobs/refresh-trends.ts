import type { Context } from '../context.ts';
import { inTransaction } from '#platform/database';
import { firstIdAt } from '../helpers/page.ts';

const dayMs = 86_400_000;
const popularDays = 3;
const trendingDays = 2;

/**
 * Finds the public posts of the last days that most people answered to, the younger the better, and the tags that most people used in
 * such posts; of discoverable people alone. Two at once do no harm: whoever comes last has looked last.
 */
export async function refreshTrends({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<void> {
  const now = clock.now();
  const since = (days: number) => firstIdAt(new Date(now.getTime() - days * dayMs));

  await inTransaction(db, async (tx) => {
    await tx.$executeRaw`
      INSERT INTO popular_post AS kept (post_id, score, found_at)
      SELECT p.id, answers.many / power(greatest(extract(epoch FROM ${now}::timestamptz - p.created_at), 0) / 3600 + 2, 1.5), ${now}
      FROM post p
      JOIN profile author ON author.account_id = p.author_id AND author.discoverable
      CROSS JOIN LATERAL (SELECT p.reaction_count + 2 * p.reply_count + 2 * p.repost_count AS many) answers
      WHERE p.id >= ${since(popularDays)}::uuid AND p.visibility = 'public' AND p.reply_to_id IS NULL
        AND p.deleted_at IS NULL AND p.removed_at IS NULL AND answers.many > 0
      ORDER BY 2 DESC
      LIMIT 200
      ON CONFLICT (post_id) DO UPDATE SET score = excluded.score, found_at = excluded.found_at`;
    await tx.popularPost.deleteMany({ where: { foundAt: { lt: now } } });
  });
  await inTransaction(db, async (tx) => {
    await tx.$executeRaw`
      INSERT INTO trending_tag AS kept (tag, people, found_at)
      SELECT t.tag, count(DISTINCT p.author_id)::int, ${now}
      FROM post_tag t
      JOIN post p ON p.id = t.post_id
      JOIN profile author ON author.account_id = p.author_id AND author.discoverable
      WHERE t.post_id >= ${since(trendingDays)}::uuid AND p.visibility = 'public'
        AND p.deleted_at IS NULL AND p.removed_at IS NULL
      GROUP BY t.tag
      ORDER BY 2 DESC, t.tag
      LIMIT 100
      ON CONFLICT (tag) DO UPDATE SET people = excluded.people, found_at = excluded.found_at`;
    await tx.trendingTag.deleteMany({ where: { foundAt: { lt: now } } });
  });
}
