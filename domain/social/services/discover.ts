/** What the discover screen begins with: one statement, whose JSON is passed on as PostgreSQL made it. */
import type { Caller } from '#platform/caller';
import { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';
import { lastId, lastIdAt } from '../helpers/page.ts';
import { limits, takeAllowance } from './limits.ts';
import { notSuspended, peopleFound } from './search-people.ts';
import { postsFound } from './search-posts.ts';
import { tagsFound } from './search-tags.ts';
import { suggestions } from './suggestions.ts';

type DiscoverContext = Pick<Context, 'db' | 'blobs' | 'clock'>;

const limit = 10;
const first = { rank: 2_147_483_647, id: lastId };

/** What is found for `q`, or what is worth a look; and whom to follow. As the JSON text of the contract. */
export async function getDiscover(ctx: DiscoverContext, caller: Caller, q: string | undefined): Promise<string> {
  if (q !== undefined) await takeAllowance(ctx, caller, limits.search);
  const { people, posts, tags } = q === undefined ? worthALook(ctx, caller) : found(ctx, caller, q);
  const [row] = await ctx.db.$queryRaw<[{ people: string; posts: string; tags: string; suggestions: string }]>`
    SELECT
      ${people ? cardsOf(people) : Prisma.sql`''`} AS people,
      ${cardsOf(posts)} AS posts,
      (
        SELECT coalesce(string_agg(row_to_json(shown)::text, ',' ORDER BY best.nth), '')
        FROM (
          SELECT t.tag, t.posts, row_number() OVER (ORDER BY t.posts DESC, t.tag) AS nth
          FROM (${tags}) t
          WHERE t.posts > 0
        ) best
        CROSS JOIN LATERAL (SELECT best.tag, best.posts) shown
        WHERE best.nth <= ${limit}
      ) AS tags,
      ${cardsOf(suggestions(ctx, caller, limit))} AS suggestions`;
  const members = Object.entries(row).map(([name, items]) => `"${name}":{"items":[${items}]}`);
  return `{${members.join(',')}}`;
}

interface Parts {
  people?: Prisma.Sql;
  posts: Prisma.Sql;
  tags: Prisma.Sql;
}

function found(ctx: DiscoverContext, { userId }: Caller, q: string): Parts {
  return {
    people: peopleFound(ctx, { userId, q, after: first, limit }),
    posts: postsFound(ctx, { userId, q, newest: lastIdAt(ctx.clock.now()), after: first, limit }),
    tags: tagsFound(ctx, { userId, q, after: '', limit: 2 * limit }),
  };
}

function worthALook(ctx: DiscoverContext, { userId }: Caller): Parts {
  const now = ctx.clock.now();
  return {
    posts: Prisma.sql`
      SELECT best.id, best.rank, c.card
      FROM (
        SELECT v.id, popular.score AS rank
        FROM popular_post popular
        JOIN heard_posts(${userId}::uuid, ${now}::timestamptz) v ON v.id = popular.post_id
        JOIN profile p ON p.account_id = v.author_id
        JOIN account a ON a.id = v.author_id
        WHERE v.visibility = 'public' AND p.discoverable AND ${notSuspended(ctx)}
        ORDER BY popular.score DESC, v.id DESC
        LIMIT ${limit}
      ) best
      JOIN post_cards(${userId}::uuid, ${ctx.blobs.publicUrl}) c ON c.id = best.id`,
    tags: Prisma.sql`
      SELECT trending.tag, heard.posts
      FROM (SELECT t.tag FROM trending_tag t ORDER BY t.people DESC, t.tag LIMIT ${2 * limit}) trending
      CROSS JOIN LATERAL heard_tag(${userId}::uuid, ${now}::timestamptz, trending.tag) heard`,
  };
}

/** The cards of ranked rows as the inside of a JSON array. */
function cardsOf(rows: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(
    SELECT coalesce(string_agg(best.card::text, ',' ORDER BY best.rank DESC, best.id DESC), '') FROM (${rows}) best
  )`;
}
