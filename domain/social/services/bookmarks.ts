import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { newId } from '#platform/ids';
import type { PageRequest } from '#platform/page';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { idBefore } from '../helpers/page.ts';
import { pageJson } from './card-page.ts';
import type { PageRow } from './card-page.ts';
import { limits, takeAllowance } from './limits.ts';

/** Idempotent; suspended people may, since nobody else sees it. @throws not_found for what the caller may not open */
export async function bookmarkPost(ctx: Pick<Context, 'db' | 'clock'>, caller: Caller, postId: string): Promise<void> {
  await takeAllowance(ctx, caller, limits.react);
  await inTransaction(ctx.db, async (tx) => {
    const [found] = await tx.$queryRaw<{ id: string }[]>`
      SELECT v.id FROM visible_posts(${caller.userId}::uuid) v
      JOIN account a ON a.id = ${caller.userId}::uuid
      WHERE v.id = ${postId}::uuid`;
    if (!found) throw notFound();
    const bookmark = { id: newId(ctx.clock.now()), accountId: caller.userId, postId };
    await tx.bookmark.createMany({ data: bookmark, skipDuplicates: true });
  });
}

/** Idempotent. */
export async function unbookmarkPost(ctx: Pick<Context, 'db'>, caller: Caller, postId: string): Promise<void> {
  await ctx.db.bookmark.deleteMany({ where: { accountId: caller.userId, postId } });
}

/** A page of the posts that the caller keeps and may open, as the JSON text of the contract; the one kept last comes first. */
export async function listBookmarks(
  ctx: Pick<Context, 'db' | 'blobs'>,
  { userId }: Caller,
  { cursor, limit }: PageRequest,
): Promise<string> {
  const [row] = await ctx.db.$queryRaw<[PageRow]>`/* listBookmarks */
    WITH kept AS (
      SELECT near.id, near.post_id, row_number() OVER (ORDER BY near.id DESC) AS nth
      FROM (
        SELECT b.id, b.post_id FROM bookmark b
        WHERE b.account_id = ${userId}::uuid AND b.id < ${idBefore(cursor)}::uuid
        ORDER BY b.id DESC OFFSET 0
      ) near
      CROSS JOIN LATERAL (SELECT FROM visible_posts(${userId}::uuid) v WHERE v.id = near.post_id OFFSET 0) seen
      ORDER BY near.id DESC
      LIMIT ${limit + 1}
    )
    SELECT
      (
        SELECT coalesce(string_agg(c.card::text, ',' ORDER BY k.id DESC), '')
        FROM kept k
        JOIN post_cards(${userId}::uuid, ${ctx.blobs.publicUrl}) c ON c.id = k.post_id
        WHERE k.nth <= ${limit}
      ) AS items,
      (SELECT k.id FROM kept k WHERE k.nth = ${limit} AND EXISTS (SELECT FROM kept m WHERE m.nth > ${limit})) AS "nextBefore"`;
  return pageJson(row);
}
