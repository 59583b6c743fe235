import type { Caller } from '#platform/caller';
import type { PageRequest } from '#platform/page';
import type { Context } from '../context.ts';
import { idBefore } from '../helpers/page.ts';
import { pageJson } from './card-page.ts';
import type { PageRow } from './card-page.ts';

/**
 * A page of what one person posted and reposted, as the JSON text of the contract. What they repost of their own stands already.
 * (OFFSET 0 makes PostgreSQL look at one after another until the page is full, instead of at all that somebody ever wrote.)
 */
export async function listProfilePosts(
  ctx: Pick<Context, 'db' | 'blobs'>,
  { userId }: Caller,
  { authorId, cursor, limit }: PageRequest & { authorId: string },
): Promise<string> {
  const before = idBefore(cursor);
  const [row] = await ctx.db.$queryRaw<[PageRow]>`/* listProfilePosts */
    WITH posted AS (
      SELECT near.id AS place, near.id AS post_id, NULL::uuid AS reposter_id
      FROM (
        SELECT p.id FROM post p
        WHERE p.author_id = ${authorId}::uuid AND p.id < ${before}::uuid
        ORDER BY p.id DESC OFFSET 0
      ) near
      CROSS JOIN LATERAL (SELECT FROM visible_posts(${userId}::uuid) v WHERE v.id = near.id OFFSET 0) seen
      ORDER BY near.id DESC
      LIMIT ${limit + 1}
    ),
    reposted AS (
      SELECT near.id, near.post_id, near.account_id
      FROM (
        SELECT r.id, r.post_id, r.account_id FROM repost r
        WHERE r.account_id = ${authorId}::uuid AND r.id < ${before}::uuid
        ORDER BY r.id DESC OFFSET 0
      ) near
      CROSS JOIN LATERAL (
        SELECT FROM visible_posts(${userId}::uuid) v
        WHERE v.id = near.post_id AND v.author_id <> ${authorId}::uuid
        OFFSET 0
      ) seen
      ORDER BY near.id DESC
      LIMIT ${limit + 1}
    ),
    chosen AS (
      SELECT * FROM posted UNION ALL SELECT * FROM reposted ORDER BY place DESC LIMIT ${limit + 1}
    ),
    numbered AS (SELECT place, post_id, reposter_id, row_number() OVER (ORDER BY place DESC) AS nth FROM chosen)
    SELECT
      (
        SELECT coalesce(string_agg(feed_item(c.card, n.place, p.card), ',' ORDER BY n.place DESC), '')
        FROM numbered n
        JOIN post_cards(${userId}::uuid, ${ctx.blobs.publicUrl}) c ON c.id = n.post_id
        LEFT JOIN person_cards(${ctx.blobs.publicUrl}) p ON p.account_id = n.reposter_id
        WHERE n.nth <= ${limit}
      ) AS items,
      (
        SELECT n.place FROM numbered n WHERE n.nth = ${limit} AND EXISTS (SELECT FROM numbered m WHERE m.nth > ${limit})
      ) AS "nextBefore"`;
  return pageJson(row);
}
