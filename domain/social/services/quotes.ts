import type { Caller } from '#platform/caller';
import { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { idBefore } from '../helpers/page.ts';
import { cardPage, pageJson } from './card-page.ts';
import type { PageRow } from './card-page.ts';
import { isVisible } from './post-cards.ts';

/** A page of the posts that show a post as their quote, as the JSON text of the contract. @throws not_found */
export async function listQuotes(
  ctx: Pick<Context, 'db' | 'blobs'>,
  caller: Caller,
  { postId, cursor, limit }: { postId: string; cursor: string | undefined; limit: number },
): Promise<string> {
  if (!(await isVisible(ctx.db, caller, postId))) throw notFound();
  const chosen = Prisma.sql`
    SELECT v.id FROM visible_posts(${caller.userId}::uuid) v
    WHERE v.quote_of_id = ${postId}::uuid AND v.quote_revoked_at IS NULL AND v.id < ${idBefore(cursor)}::uuid
    ORDER BY v.id DESC LIMIT ${limit + 1}`;
  const [row] = await ctx.db.$queryRaw<[PageRow]>`/* listQuotes */
    WITH chosen AS (${chosen}), ${cardPage(ctx, caller, limit)}
    SELECT items, next_before AS "nextBefore" FROM page`;
  return pageJson(row);
}

/**
 * Takes the caller's post out of a quote; idempotent. Public quotes even of people across a block, whom others still see.
 * @throws not_found for another's post, and for what does not quote it or is hidden from the caller
 */
export async function revokeQuote(
  ctx: Pick<Context, 'db' | 'clock'>,
  { userId }: Caller,
  { postId, quoteId }: { postId: string; quoteId: string },
): Promise<void> {
  const revoked = await ctx.db.$executeRaw`
    UPDATE post q SET quote_revoked_at = coalesce(q.quote_revoked_at, ${ctx.clock.now()})
    FROM post own
    WHERE own.id = ${postId}::uuid AND own.author_id = ${userId}::uuid AND own.deleted_at IS NULL
      AND q.id = ${quoteId}::uuid AND q.quote_of_id = own.id AND q.deleted_at IS NULL
      AND (q.visibility = 'public' OR EXISTS (SELECT FROM visible_posts(${userId}::uuid) v WHERE v.id = q.id))`;
  if (revoked === 0) throw notFound();
}
