/** The hot reads: one named SQL statement each, whose JSON is passed on as PostgreSQL made it. */
import type { Caller } from '#platform/caller';
import type { PageRequest } from '#platform/page';
import { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { idBefore, lastId } from '../helpers/page.ts';
import { pageJson } from './card-page.ts';
import type { PageRow } from './card-page.ts';

type FeedContext = Pick<Context, 'db' | 'blobs' | 'clock'>;

/** A page, with the marker as JSON text. */
interface FeedRow extends PageRow {
  marker: string | null;
}

/** Profile, first page of the feed with its marker, and unread count, as the JSON text of the contract. */
export async function getHome(ctx: FeedContext, caller: Caller, limit: number): Promise<string> {
  const [row] = await ctx.db.$queryRaw<(FeedRow & { profile: string; unread: number })[]>`/* getHome */
    SELECT
      p.card::text AS profile,
      page.items,
      page.next_before AS "nextBefore",
      ${homeMarker(caller)} AS marker,
      unread_notifications(p.account_id, ${ctx.clock.now()}) AS unread
    FROM profile_cards(${ctx.blobs.publicUrl}) p
    CROSS JOIN ${homeFeed(ctx, caller, { before: lastId, limit })} page
    WHERE p.account_id = ${caller.userId}::uuid`;
  if (!row) throw notFound();
  return `{"profile":${row.profile},${feedJson(row)},"notifications":{"unread":${String(row.unread)}}}`;
}

/** A page of the home feed, as the JSON text of the contract. */
export async function getHomeFeed(ctx: FeedContext, caller: Caller, { cursor, limit }: PageRequest): Promise<string> {
  const [row] = await ctx.db.$queryRaw<[PageRow]>`/* getHomeFeed */
    SELECT items, next_before AS "nextBefore" FROM ${homeFeed(ctx, caller, { before: idBefore(cursor), limit })}`;
  return pageJson(row);
}

/** A page of the home feed and how far it is read, as the JSON text of the contract. */
export async function getFeedScreen(ctx: FeedContext, caller: Caller, { cursor, limit }: PageRequest): Promise<string> {
  const [row] = await ctx.db.$queryRaw<[FeedRow]>`/* getFeedScreen */
    SELECT items, next_before AS "nextBefore", ${homeMarker(caller)} AS marker
    FROM ${homeFeed(ctx, caller, { before: idBefore(cursor), limit })}`;
  return `{${feedJson(row)}}`;
}

/** The items below a place and where the next page begins; the SQL function home_feed decides what stands in a feed. */
function homeFeed(
  { blobs, clock }: FeedContext,
  { userId }: Caller,
  { before, limit }: { before: string; limit: number },
): Prisma.Sql {
  return Prisma.sql`
    home_feed(${userId}::uuid, ${clock.now()}::timestamptz, ${before}::uuid, ${limit}::int, ${blobs.publicUrl}::text)`;
}

/** How far the caller has read in their feed, as JSON text; null when they never said. */
function homeMarker({ userId }: Caller): Prisma.Sql {
  return Prisma.sql`(
    SELECT row_to_json(marker)::text
    FROM (
      SELECT m.timeline, m.last_read_id AS "lastReadId", m.version FROM marker m
      WHERE m.account_id = ${userId}::uuid AND m.timeline = 'home'
    ) marker
  )`;
}

function feedJson(row: FeedRow): string {
  return `"feed":${pageJson(row)},"marker":${row.marker ?? 'null'}`;
}
