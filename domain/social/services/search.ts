/** What people look for: one statement each, whose cards are passed on as PostgreSQL made them. */
import type { Caller } from '#platform/caller';
import { cursorForms, decodeCursor, encodeCursor } from '#platform/cursor';
import { pageOf } from '#platform/page';
import type { PageRequest } from '#platform/page';
import type { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';
import { foldTag } from '../helpers/parse-text.ts';
import { idBefore, lastId, lastIdAt } from '../helpers/page.ts';
import { cardPage, pageJson } from './card-page.ts';
import type { PageRow } from './card-page.ts';
import { limits, takeAllowance } from './limits.ts';
import { peopleFound } from './search-people.ts';
import { postsFound } from './search-posts.ts';
import { tagsFound } from './search-tags.ts';

type SearchContext = Pick<Context, 'db' | 'blobs' | 'clock'>;

interface Search extends PageRequest {
  q: string;
}

/** A row that is found, with what it is sorted by. */
interface Ranked {
  id: string;
  rank: number;
  card: string;
}

const highestRank = 2_147_483_647;

/** A page of what is found of one type, as the JSON text of the contract. */
export async function search(
  ctx: SearchContext,
  caller: Caller,
  { type, ...request }: Search & { type: 'people' | 'posts' | 'tags' },
): Promise<string> {
  await takeAllowance(ctx, caller, limits.search);
  return { people: searchPeople, posts: searchPosts, tags: searchTags }[type](ctx, caller, request);
}

/** A page of the posts with a tag that are for the caller, newest first, as the JSON text of the contract. */
export async function listTagPosts(
  ctx: SearchContext,
  caller: Caller,
  { tag, cursor, limit }: PageRequest & { tag: string },
): Promise<string> {
  const [row] = await ctx.db.$queryRaw<[PageRow]>`/* listTagPosts */
    WITH chosen AS (
      SELECT near.post_id AS id
      FROM (
        SELECT t.post_id FROM post_tag t
        WHERE t.tag = ${foldTag(tag)} AND t.post_id < ${idBefore(cursor)}::uuid
        ORDER BY t.post_id DESC OFFSET 0
      ) near
      CROSS JOIN LATERAL (
        SELECT FROM heard_posts(${caller.userId}::uuid, ${ctx.clock.now()}::timestamptz) v
        WHERE v.id = near.post_id
        OFFSET 0
      ) heard
      ORDER BY near.post_id DESC
      LIMIT ${limit + 1}
    ),
    ${cardPage(ctx, caller, limit)}
    SELECT items, next_before AS "nextBefore" FROM page`;
  return pageJson(row);
}

async function searchPeople(ctx: SearchContext, { userId }: Caller, { q, cursor, limit }: Search): Promise<string> {
  const after = cursor === undefined ? { rank: highestRank, id: lastId } : rankOf(decodeCursor(cursor, rankForms));
  const rows = await askRanked(ctx, peopleFound(ctx, { userId, q, after, limit: limit + 1 }));
  return rankedJson(rows, limit, ({ rank, id }) => ({ rank, id }));
}

async function searchPosts(ctx: SearchContext, { userId }: Caller, { q, cursor, limit }: Search): Promise<string> {
  const place = cursor === undefined ? undefined : decodeCursor(cursor, { ...rankForms, newest: cursorForms.id });
  const newest = place?.newest ?? lastIdAt(ctx.clock.now());
  const after = place ? rankOf(place) : { rank: highestRank, id: lastId };
  const rows = await askRanked(ctx, postsFound(ctx, { userId, q, newest, after, limit: limit + 1 }));
  return rankedJson(rows, limit, ({ rank, id }) => ({ rank, id, newest }));
}

async function searchTags(ctx: SearchContext, { userId }: Caller, { q, cursor, limit }: Search): Promise<string> {
  const after = cursor === undefined ? '' : decodeCursor(cursor, { tag: cursorForms.text }).tag;
  const found = tagsFound(ctx, { userId, q, after, limit: limit + 1 });
  const rows = await ctx.db.$queryRaw<{ tag: string; posts: number }[]>`${found}`;
  return JSON.stringify(pageOf(rows, limit, ({ tag }) => ({ tag })));
}

const rankForms = { rank: (value: string) => /^\d{1,9}$/.test(value), id: cursorForms.id };

function rankOf({ rank, id }: { rank: string; id: string }) {
  return { rank: Number(rank), id };
}

async function askRanked({ db }: Pick<Context, 'db'>, found: Prisma.Sql): Promise<Ranked[]> {
  return db.$queryRaw<Ranked[]>`SELECT id, rank, card::text AS card FROM (${found}) found ORDER BY rank DESC, id DESC`;
}

function rankedJson(rows: Ranked[], limit: number, keyset: (row: Ranked) => Record<string, string | number>): string {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const nextCursor = rows.length > limit && last ? encodeCursor(keyset(last)) : null;
  return `{"items":[${items.map(({ card }) => card).join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}`;
}
