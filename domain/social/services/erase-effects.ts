/** What one account did to others, taken back some at a time with its share of their counts. Each gives how many it took. */
import { Prisma } from '#prisma/social';
import type { Tx } from '../context.ts';

const atOnce = 500;

type Erase = (tx: Tx, ctx: unknown, accountId: string) => Promise<number>;

export const takeBackReactions: Erase = (tx, _ctx, accountId) =>
  count(
    tx,
    Prisma.sql`
      WITH gone AS (
        DELETE FROM reaction
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM reaction WHERE account_id = ${accountId}::uuid LIMIT ${atOnce}))
        RETURNING post_id
      ), counted AS (
        UPDATE post p SET reaction_count = p.reaction_count - 1 FROM gone g WHERE p.id = g.post_id
      )
      SELECT count(*)::int AS n FROM gone`,
  );

export const takeBackReposts: Erase = (tx, _ctx, accountId) =>
  count(
    tx,
    Prisma.sql`
      WITH gone AS (
        DELETE FROM repost
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM repost WHERE account_id = ${accountId}::uuid LIMIT ${atOnce}))
        RETURNING post_id
      ), counted AS (
        UPDATE post p SET repost_count = p.repost_count - 1 FROM gone g WHERE p.id = g.post_id
      )
      SELECT count(*)::int AS n FROM gone`,
  );

export const endFollowing: Erase = (tx, _ctx, accountId) =>
  count(
    tx,
    Prisma.sql`
      WITH gone AS (
        DELETE FROM follow
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM follow WHERE follower_id = ${accountId}::uuid LIMIT ${atOnce}))
        RETURNING followee_id, state
      ), counted AS (
        UPDATE profile p SET follower_count = p.follower_count - 1
        FROM gone g WHERE p.account_id = g.followee_id AND g.state = 'following'
      )
      SELECT count(*)::int AS n FROM gone`,
  );

/** With what it passed on to them. */
export const endFollowers: Erase = (tx, _ctx, accountId) =>
  count(
    tx,
    Prisma.sql`
      WITH gone AS (
        DELETE FROM follow
        WHERE ctid = ANY (ARRAY(SELECT ctid FROM follow WHERE followee_id = ${accountId}::uuid LIMIT ${atOnce}))
        RETURNING follower_id, state
      ), forgotten AS (
        DELETE FROM timeline_repost t USING gone g WHERE t.owner_id = g.follower_id AND t.reposter_id = ${accountId}::uuid
      ), counted AS (
        UPDATE profile p SET following_count = p.following_count - 1
        FROM gone g WHERE p.account_id = g.follower_id AND g.state = 'following'
      )
      SELECT count(*)::int AS n FROM gone`,
  );

async function count(tx: Tx, statement: Prisma.Sql): Promise<number> {
  const [row] = await tx.$queryRaw<{ n: number }[]>(statement);
  return row?.n ?? 0;
}
