import { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';

interface PostSearch {
  userId: string;
  q: string;
  /** The newest post that may be found: what is posted while somebody pages does not move the rest. */
  newest: string;
  /** A rank and an id: only what comes after them is looked for. */
  after: { rank: number; id: string };
  limit: number;
}

const ranked = 500;

/**
 * Posts as rows of id, rank and card, the best first, of the newest 500 that have the words and are for the viewer. (OFFSET 0 makes
 * PostgreSQL ask of one post after another, until there are so many, whether it is: of a common word there are very many.)
 */
export function postsFound(
  ctx: Pick<Context, 'blobs' | 'clock'>,
  { userId, q, newest, after, limit }: PostSearch,
): Prisma.Sql {
  const query = wordsOf(q);
  return Prisma.sql`
    SELECT best.id, best.rank, c.card
    FROM (
      SELECT found.id, found.rank
      FROM (
        SELECT near.id, (ts_rank_cd(near.words, ${query}, 1) * 1000000)::int AS rank
        FROM (
          SELECT p.id, p.words FROM post p
          WHERE p.words @@ ${query} AND querytree(${query}) NOT IN ('', 'T') AND p.id <= ${newest}::uuid
          ORDER BY p.id DESC OFFSET 0
        ) near
        CROSS JOIN LATERAL (
          SELECT FROM heard_posts(${userId}::uuid, ${ctx.clock.now()}::timestamptz) v WHERE v.id = near.id OFFSET 0
        ) heard
        ORDER BY near.id DESC
        LIMIT ${ranked}
      ) found
      WHERE (found.rank, found.id) < (${after.rank}, ${after.id}::uuid)
      ORDER BY found.rank DESC, found.id DESC
      LIMIT ${limit}
    ) best
    JOIN post_cards(${userId}::uuid, ${ctx.blobs.publicUrl}) c ON c.id = best.id
    ORDER BY best.rank DESC, best.id DESC`;
}

/** The search as PostgreSQL has it; of three letters on, the last word may go on. A constant to the planner, which looks it up. */
function wordsOf(q: string): Prisma.Sql {
  const query = Prisma.sql`websearch_to_tsquery('simple', folded(${q}))`;
  if (!/[\p{L}\p{N}]{3,}$/u.test(q)) return query;
  return Prisma.sql`regexp_replace(${query}::text, '''$', ''':*')::tsquery`;
}
