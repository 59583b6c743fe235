/** The hot reads: one named SQL statement each, whose JSON is passed on as PostgreSQL made it. */
import type { Caller } from '#platform/caller';
import { encodeCursor } from '#platform/cursor';
import { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { idBefore, lastId } from '../helpers/page.ts';

type FeedContext = Pick<Context, 'db' | 'blobs'>;

/** A page of posts as JSON text, and the id that the next page begins below. */
interface PageRow {
  items: string;
  nextBefore: string | null;
}

/** Profile, first page of the feed and unread count, as the JSON text of the contract. */
export async function getHome(ctx: FeedContext, caller: Caller, limit: number): Promise<string> {
  const [row] = await ctx.db.$queryRaw<(PageRow & { profile: string; unread: number })[]>`/* getHome */
    WITH ${feedPage(ctx, caller, { before: lastId, limit })}
    SELECT
      p.card::text AS profile,
      page.items,
      page.next_before AS "nextBefore",
      (
        SELECT count(*)::int
        FROM (
          SELECT FROM notification n
          WHERE n.account_id = p.account_id
            AND n.id > coalesce(
              (SELECT m.last_read_id FROM marker m WHERE m.account_id = p.account_id AND m.timeline = 'notifications'),
              '00000000-0000-0000-0000-000000000000'
            )
          LIMIT 1000
        ) recent
      ) AS unread
    FROM profile_cards(${ctx.blobs.publicUrl}) p
    CROSS JOIN page
    WHERE p.account_id = ${caller.userId}::uuid`;
  if (!row) throw notFound();
  return `{"profile":${row.profile},"feed":${pageJson(row)},"notifications":{"unread":${String(row.unread)}}}`;
}

/** A page of the home feed, as the JSON text of the contract. */
export async function getHomeFeed(
  ctx: FeedContext,
  caller: Caller,
  { cursor, limit }: { cursor: string | undefined; limit: number },
): Promise<string> {
  const [row] = await ctx.db.$queryRaw<[PageRow]>`/* getHomeFeed */
    WITH ${feedPage(ctx, caller, { before: idBefore(cursor), limit })}
    SELECT items, next_before AS "nextBefore" FROM page`;
  return pageJson(row);
}

/** A page of one person's posts, as the JSON text of the contract. */
export async function listProfilePosts(
  ctx: FeedContext,
  caller: Caller,
  { authorId, cursor, limit }: { authorId: string; cursor: string | undefined; limit: number },
): Promise<string> {
  const chosen = Prisma.sql`
    SELECT v.id FROM visible_posts(${caller.userId}::uuid) v
    WHERE v.author_id = ${authorId}::uuid AND v.id < ${idBefore(cursor)}::uuid
    ORDER BY v.id DESC LIMIT ${limit + 1}`;
  const [row] = await ctx.db.$queryRaw<[PageRow]>`/* listProfilePosts */
    WITH chosen AS (${chosen}), ${cardPage(ctx, caller, limit)}
    SELECT items, next_before AS "nextBefore" FROM page`;
  return pageJson(row);
}

/**
 * The newest posts below `before`: those delivered to the viewer, and those of followed authors who are too large to be
 * delivered. Whether the viewer still follows, and may see, is asked of each here; what was delivered is only a hint.
 */
function feedPage(
  ctx: FeedContext,
  { userId }: Caller,
  { before, limit }: { before: string; limit: number },
): Prisma.Sql {
  return Prisma.sql`
    delivered AS (
      SELECT v.id
      FROM timeline_entry t
      JOIN visible_posts(${userId}::uuid) v ON v.id = t.post_id
      WHERE t.owner_id = ${userId}::uuid AND t.post_id < ${before}::uuid
        AND (v.author_id = ${userId}::uuid OR EXISTS (
          SELECT FROM follow f
          WHERE f.follower_id = ${userId}::uuid AND f.followee_id = v.author_id AND f.state = 'following'
        ))
      ORDER BY t.post_id DESC
      LIMIT ${limit + 1}
    ),
    merged AS (
      SELECT own.id
      FROM large_author l
      JOIN follow f ON f.follower_id = ${userId}::uuid AND f.followee_id = l.account_id AND f.state = 'following'
      CROSS JOIN LATERAL (
        SELECT v.id
        FROM visible_posts(${userId}::uuid) v
        WHERE v.author_id = f.followee_id AND v.reply_to_id IS NULL AND v.id < ${before}::uuid
        ORDER BY v.id DESC
        LIMIT ${limit + 1}
      ) own
    ),
    chosen AS (
      SELECT id FROM delivered UNION SELECT id FROM merged ORDER BY id DESC LIMIT ${limit + 1}
    ),
    ${cardPage(ctx, { userId }, limit)}`;
}

/** From `chosen`, ids of which one more than `limit` was asked for: the cards as JSON, and where the next page begins. */
function cardPage(ctx: FeedContext, { userId }: { userId: string }, limit: number): Prisma.Sql {
  return Prisma.sql`
    numbered AS (SELECT id, row_number() OVER (ORDER BY id DESC) AS place FROM chosen),
    page AS (
      SELECT
        (
          SELECT coalesce(string_agg(c.card::text, ',' ORDER BY c.id DESC), '')
          FROM numbered n
          JOIN post_cards(${userId}::uuid, ${ctx.blobs.publicUrl}) c ON c.id = n.id
          WHERE n.place <= ${limit}
        ) AS items,
        (
          SELECT n.id FROM numbered n WHERE n.place = ${limit} AND EXISTS (SELECT FROM numbered m WHERE m.place > ${limit})
        ) AS next_before
    )`;
}

function pageJson({ items, nextBefore }: PageRow): string {
  return `{"items":[${items}],"nextCursor":${nextBefore === null ? 'null' : `"${encodeCursor({ id: nextBefore })}"`}}`;
}
