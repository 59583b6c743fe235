import type { Caller } from '#platform/caller';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { byTime, timeBefore } from '../helpers/page.ts';
import { personColumns } from './people.ts';
import type { PersonRow } from './people.ts';

type FollowPage = Page<PersonRow> & { hidden: boolean };
type PersonAt = PersonRow & { at: Date };

interface PageOfPerson {
  userId: string;
  cursor: string | undefined;
  limit: number;
}

/** Who follows a person, who began last first; hidden from those to whom the person does not show it. */
export async function listFollowers(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  { userId, cursor, limit }: PageOfPerson,
): Promise<FollowPage> {
  if (!(await mayList(ctx, caller, userId))) return hiddenPage;
  const before = timeBefore(cursor);
  const rows = await ctx.db.$queryRaw<PersonAt[]>`/* listFollowers */
    SELECT ${personColumns}, f.created_at AS at
    FROM follow f
    JOIN visible_people(${caller.userId}::uuid) p ON p.account_id = f.follower_id
    WHERE f.followee_id = ${userId}::uuid AND f.state = 'following'
      AND (f.created_at, f.follower_id) < (${before.at}, ${before.id}::uuid)
    ORDER BY f.created_at DESC, f.follower_id DESC
    LIMIT ${limit + 1}`;
  return { ...pageOf(rows, limit, byTime), hidden: false };
}

/** Whom a person follows, as `listFollowers`. */
export async function listFollowing(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  { userId, cursor, limit }: PageOfPerson,
): Promise<FollowPage> {
  if (!(await mayList(ctx, caller, userId))) return hiddenPage;
  const before = timeBefore(cursor);
  const rows = await ctx.db.$queryRaw<PersonAt[]>`/* listFollowing */
    SELECT ${personColumns}, f.created_at AS at
    FROM follow f
    JOIN visible_people(${caller.userId}::uuid) p ON p.account_id = f.followee_id
    WHERE f.follower_id = ${userId}::uuid AND f.state = 'following'
      AND (f.created_at, f.followee_id) < (${before.at}, ${before.id}::uuid)
    ORDER BY f.created_at DESC, f.followee_id DESC
    LIMIT ${limit + 1}`;
  return { ...pageOf(rows, limit, byTime), hidden: false };
}

const hiddenPage: FollowPage = { items: [], nextCursor: null, hidden: true };

/** Whether the person shows the caller whom they follow and who follows them. @throws not_found for whom the caller cannot see */
async function mayList({ db }: Pick<Context, 'db'>, { userId: viewer }: Caller, userId: string): Promise<boolean> {
  const [row] = await db.$queryRaw<{ shown: boolean }[]>`
    SELECT p.account_id = ${viewer}::uuid
      OR p.follows_visibility = 'everyone'
      OR (p.follows_visibility = 'followers' AND EXISTS (
        SELECT FROM follow f
        WHERE f.follower_id = ${viewer}::uuid AND f.followee_id = p.account_id AND f.state = 'following'
      )) AS shown
    FROM visible_people(${viewer}::uuid) p
    WHERE p.account_id = ${userId}::uuid`;
  if (!row) throw notFound();
  return row.shown;
}
