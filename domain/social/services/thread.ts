import type { Caller } from '#platform/caller';
import { encodeCursor } from '#platform/cursor';
import { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { idAfter } from '../helpers/page.ts';

const mostAncestors = 50;

/** As JSON text of the contract; `nextAfter` is the id that the next page of replies begins above. */
interface ThreadRow {
  post: string;
  ancestors: string;
  replies: string;
  nextAfter: string | null;
}

/**
 * A post, what it answers (up to the first post, the nearest 50) and a page of the replies to it, oldest first: one statement,
 * whose JSON is passed on. @throws not_found for what the caller may not open
 */
export async function getThread(
  ctx: Pick<Context, 'db' | 'blobs'>,
  { userId }: Caller,
  { postId, cursor, limit }: { postId: string; cursor: string | undefined; limit: number },
): Promise<string> {
  const cards = Prisma.sql`post_cards(${userId}::uuid, ${ctx.blobs.publicUrl})`;
  const [row] = await ctx.db.$queryRaw<ThreadRow[]>`/* getThread */
    WITH RECURSIVE opened AS (
      SELECT c.id, c.card FROM ${cards} c WHERE c.id = ${postId}::uuid
    ),
    above AS (
      SELECT p.reply_to_id AS id, 1 AS steps FROM opened o JOIN post p ON p.id = o.id
      UNION ALL
      SELECT p.reply_to_id, a.steps + 1 FROM above a JOIN post p ON p.id = a.id WHERE a.steps < ${mostAncestors}
    ),
    chosen AS (${visibleReplies(userId, { postId, after: idAfter(cursor), limit })}),
    numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS place FROM chosen)
    SELECT
      opened.card::text AS post,
      (
        SELECT coalesce(string_agg(coalesce(c.card, t.tombstone)::text, ',' ORDER BY a.steps DESC), '')
        FROM above a
        JOIN tombstones() t ON t.id = a.id
        LEFT JOIN ${cards} c ON c.id = a.id
      ) AS ancestors,
      (
        SELECT coalesce(string_agg(coalesce(c.card, t.tombstone)::text, ',' ORDER BY n.id), '')
        FROM numbered n
        JOIN tombstones() t ON t.id = n.id
        LEFT JOIN ${cards} c ON c.id = n.id
        WHERE n.place <= ${limit}
      ) AS replies,
      (
        SELECT n.id FROM numbered n WHERE n.place = ${limit} AND EXISTS (SELECT FROM numbered m WHERE m.place > ${limit})
      ) AS "nextAfter"
    FROM opened`;
  if (!row) throw notFound();
  const nextCursor = row.nextAfter === null ? 'null' : `"${encodeCursor({ id: row.nextAfter })}"`;
  return `{"post":${row.post},"ancestors":[${row.ancestors}],"replies":{"items":[${row.replies}],"nextCursor":${nextCursor}}}`;
}

/** Replies that the caller may open, and deleted public ones that hold replies which the caller may open. */
function visibleReplies(
  userId: string,
  { postId, after, limit }: { postId: string; after: string; limit: number },
): Prisma.Sql {
  return Prisma.sql`
    SELECT r.id
    FROM post r
    LEFT JOIN visible_posts(${userId}::uuid) v ON v.id = r.id
    WHERE r.reply_to_id = ${postId}::uuid AND r.id > ${after}::uuid
      AND (v.id IS NOT NULL OR (
        r.deleted_at IS NOT NULL AND r.removed_at IS NULL AND r.visibility = 'public'
        AND EXISTS (SELECT FROM visible_posts(${userId}::uuid) k WHERE k.reply_to_id = r.id)
      ))
    ORDER BY r.id
    LIMIT ${limit + 1}`;
}
