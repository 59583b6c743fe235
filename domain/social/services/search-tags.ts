import { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';
import { foldTag } from '../helpers/parse-text.ts';
import { escapeLike } from '../helpers/search-text.ts';

interface TagSearch {
  userId: string;
  q: string;
  /** A tag: only those that sort after it are looked for. */
  after: string;
  limit: number;
}

/** How many names are looked at: of those that have nothing for the viewer there may be very many. */
const looked = 300;

/**
 * Tags that begin so and have posts for the viewer, as rows of tag and posts, in their order: the index is entered once a name, however
 * many posts have it, and one name after another is looked at until there are so many. Of a name with nothing for the viewer no word
 * is given, and no place in the list either: that it exists may be told to nobody.
 */
export function tagsFound(ctx: Pick<Context, 'clock'>, { userId, q, after, limit }: TagSearch): Prisma.Sql {
  const begins = `${escapeLike(foldTag(q.trim().replace(/^#/, '')))}%`;
  return Prisma.sql`
    WITH RECURSIVE name AS (
      (
        SELECT t.tag, 1 AS nth FROM post_tag t
        WHERE t.tag LIKE ${begins} AND ${begins} <> '%' AND t.tag > ${after}
        ORDER BY t.tag LIMIT 1
      )
      UNION ALL
      SELECT next.tag, name.nth + 1
      FROM name
      CROSS JOIN LATERAL (
        SELECT t.tag FROM post_tag t WHERE t.tag LIKE ${begins} AND t.tag > name.tag ORDER BY t.tag LIMIT 1
      ) next
      WHERE name.nth < ${looked}
    ),
    heard AS (
      SELECT name.tag, posts.posts
      FROM name
      CROSS JOIN LATERAL heard_tag(${userId}::uuid, ${ctx.clock.now()}::timestamptz, name.tag) posts
      WHERE posts.posts > 0
      LIMIT ${limit}
    )
    SELECT heard.tag, heard.posts FROM heard ORDER BY heard.tag`;
}
