import type { Caller } from '#platform/caller';
import { Prisma } from '#prisma/social';
import type { Context } from '../context.ts';
import { notSuspended } from './search-people.ts';

const followed = 50;
const followedByOne = 50;
const looked = 200;

/**
 * People to follow, as rows of id, rank and card: those whom most of the people followed last follow, as far as these show it; then
 * authors of popular posts. Bounded at every step, so that it costs the same for whoever follows very many.
 */
export function suggestions(ctx: Pick<Context, 'blobs' | 'clock'>, { userId }: Caller, limit: number): Prisma.Sql {
  const viewer = Prisma.sql`${userId}::uuid`;
  return Prisma.sql`
    SELECT best.id, best.rank, card.card
    FROM (
      SELECT p.account_id AS id, near.common AS rank
      FROM (${nearby(viewer)}) near
      JOIN visible_people(${viewer}) p ON p.account_id = near.id
      JOIN account a ON a.id = p.account_id
      WHERE p.discoverable AND p.account_id <> ${viewer} AND ${notSuspended(ctx)}
        AND NOT EXISTS (
          SELECT FROM mute m
          WHERE m.muter_id = ${viewer} AND m.muted_id = p.account_id
            AND (m.expires_at IS NULL OR m.expires_at > ${ctx.clock.now()}::timestamptz)
        )
      ORDER BY near.common DESC, p.account_id DESC
      LIMIT ${limit}
    ) best
    JOIN person_cards(${ctx.blobs.publicUrl}) card ON card.account_id = best.id`;
}

/** Who is near and not followed, with how many of those who are followed follow them. */
function nearby(viewer: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT candidate.id, sum(candidate.common)::int AS common
    FROM (
      SELECT theirs.followee_id AS id, 1 AS common
      FROM (
        SELECT f.followee_id FROM follow f
        WHERE f.follower_id = ${viewer} AND f.state = 'following'
        ORDER BY f.created_at DESC, f.followee_id DESC
        LIMIT ${followed}
      ) mine
      JOIN visible_people(${viewer}) p ON p.account_id = mine.followee_id AND p.follows_visibility <> 'me'
      CROSS JOIN LATERAL (
        SELECT f.followee_id FROM follow f
        WHERE f.follower_id = mine.followee_id AND f.state = 'following'
        ORDER BY f.created_at DESC, f.followee_id DESC
        LIMIT ${followedByOne}
      ) theirs
      UNION ALL
      SELECT p.author_id, 0 FROM popular_post popular JOIN post p ON p.id = popular.post_id
    ) candidate
    WHERE NOT EXISTS (SELECT FROM follow f WHERE f.follower_id = ${viewer} AND f.followee_id = candidate.id)
    GROUP BY candidate.id
    ORDER BY common DESC, candidate.id DESC
    LIMIT ${looked}`;
}
