import { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';
import { escapeLike, foldText } from '../helpers/search-text.ts';

interface PeopleSearch {
  userId: string;
  q: string;
  /** A rank and an id: only what comes after them is looked for. */
  after: { rank: number; id: string };
  limit: number;
}

const candidatesOfAnIndex = 1_000;

/**
 * People as rows of id, rank and card, the best first: the whole handle, the beginning of it, the beginning of a word of the name, a
 * part of either, much the same. Among equals those who are followed come first, then by the magnitude of their followers.
 */
export function peopleFound(
  ctx: Pick<Context, 'blobs' | 'clock'>,
  { userId, q, after, limit }: PeopleSearch,
): Prisma.Sql {
  const text = q.trim().replace(/^@/, '');
  const [handle, name] = [text.toLowerCase(), foldText(text)];
  const begins = { handle: `${escapeLike(handle)}%`, name: `${escapeLike(name)}%` };
  const viewer = Prisma.sql`${userId}::uuid`;
  return Prisma.sql`
    SELECT best.id, best.rank, card.card
    FROM (
      SELECT p.account_id AS id, rank.rank
      FROM (${candidates(handle, name)}) candidate
      JOIN visible_people(${viewer}) p ON p.account_id = candidate.account_id
      JOIN account a ON a.id = p.account_id
      LEFT JOIN follow f ON f.follower_id = ${viewer} AND f.followee_id = p.account_id AND f.state = 'following'
      CROSS JOIN LATERAL (
        SELECT (
          CASE
            WHEN p.handle = ${handle}::citext THEN 5000
            WHEN lower(p.handle::text) LIKE ${begins.handle} THEN 4000
            WHEN folded(p.display_name) LIKE ${begins.name} OR folded(p.display_name) LIKE ${`% ${begins.name}`} THEN 3000
            WHEN lower(p.handle::text) LIKE ${`%${begins.handle}`} OR folded(p.display_name) LIKE ${`%${begins.name}`} THEN 2000
            ELSE 1000
          END
          + CASE WHEN f.followee_id IS NULL THEN 0 ELSE 500 END
          + floor(ln(p.follower_count + 1))
        )::int AS rank
      ) rank
      WHERE ${notSuspended(ctx)}
        AND (p.discoverable OR p.account_id = ${viewer} OR f.followee_id IS NOT NULL OR p.handle = ${handle}::citext)
        AND (rank.rank, p.account_id) < (${after.rank}, ${after.id}::uuid)
      ORDER BY rank.rank DESC, p.account_id DESC
      LIMIT ${limit}
    ) best
    JOIN person_cards(${ctx.blobs.publicUrl}) card ON card.account_id = best.id
    ORDER BY best.rank DESC, best.id DESC`;
}

/** The account `a` is not suspended. */
export function notSuspended({ clock }: Pick<Context, 'clock'>): Prisma.Sql {
  return Prisma.sql`(a.suspended_at IS NULL OR a.suspended_until <= ${clock.now()}::timestamptz)`;
}

/** One arm for each index, each bounded and in an order that people who join do not change. Trigrams need three letters. */
function candidates(handle: string, name: string): Prisma.Sql {
  const partOf = (text: string) => `%${escapeLike(text)}%`;
  const arms = [Prisma.sql`SELECT account_id FROM profile WHERE handle = ${handle}::citext`];
  // Everything begins with nothing.
  if (handle === '') return Prisma.join(arms);
  arms.push(Prisma.sql`(
    SELECT account_id FROM profile
    WHERE (lower(handle::text) COLLATE "C") LIKE ${`${escapeLike(handle)}%`}
    ORDER BY lower(handle::text) COLLATE "C" LIMIT ${candidatesOfAnIndex}
  )`);
  if (handle.length >= 3) arms.push(byTrigrams(Prisma.sql`handle::text ILIKE ${partOf(handle)}`));
  if (name.length >= 3) arms.push(byTrigrams(Prisma.sql`folded(display_name) LIKE ${partOf(name)}`));
  else arms.push(byTrigrams(Prisma.sql`folded(display_name) LIKE ${`${escapeLike(name)}%`}`));
  if (name.length >= 4) {
    arms.push(
      byTrigrams(Prisma.sql`handle::text %> ${handle}`),
      byTrigrams(Prisma.sql`folded(display_name) %> ${name}`),
    );
  }
  return Prisma.join(arms, ' UNION ');
}

function byTrigrams(condition: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(SELECT account_id FROM profile WHERE ${condition} ORDER BY account_id LIMIT ${candidatesOfAnIndex})`;
}
