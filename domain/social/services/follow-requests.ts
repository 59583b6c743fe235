import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { byTime, timeBefore } from '../helpers/page.ts';
import { beginFollowing, lockPair, lockProfiles, removeFollow } from './follow-edges.ts';
import { assertMayAct } from './may-act.ts';
import { forgetNotification, notify } from './notify.ts';
import { assertVisible, personColumns } from './people.ts';
import type { PersonRow } from './people.ts';

/** Who asks to follow the caller, newest first. */
export async function listFollowRequests(
  { db }: Pick<Context, 'db'>,
  caller: Caller,
  { cursor, limit }: { cursor: string | undefined; limit: number },
): Promise<Page<PersonRow>> {
  const before = timeBefore(cursor);
  const rows = await db.$queryRaw<(PersonRow & { at: Date })[]>`
    SELECT ${personColumns}, f.created_at AS at
    FROM follow f
    JOIN visible_people(${caller.userId}::uuid) p ON p.account_id = f.follower_id
    WHERE f.followee_id = ${caller.userId}::uuid AND f.state = 'requested'
      AND (f.created_at, f.follower_id) < (${before.at}, ${before.id}::uuid)
    ORDER BY f.created_at DESC, f.follower_id DESC
    LIMIT ${limit + 1}`;
  return pageOf(rows, limit, byTime);
}

/** Idempotent; the follow begins now. @throws not_found for who has not asked */
export async function acceptFollowRequest(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: Caller,
  userId: string,
): Promise<void> {
  const edge = { followerId: userId, followeeId: caller.userId };
  await inTransaction(ctx.db, async (tx) => {
    await assertMayAct(tx, ctx, caller);
    if (userId === caller.userId) throw notFound();
    await lockPair(tx, caller.userId, userId);
    await assertVisible(tx, caller, userId);

    const existing = await tx.follow.findUnique({ where: { followerId_followeeId: edge } });
    if (!existing) throw notFound();
    if (existing.state === 'following') return;
    await tx.follow.update({
      where: { followerId_followeeId: edge },
      data: { state: 'following', createdAt: ctx.clock.now() },
    });
    await beginFollowing(tx, ctx, edge);
    await forgetNotification(tx, { accountId: caller.userId, kind: ['follow_request'], actorId: userId });
    await notify(tx, ctx, { accountId: userId, kind: 'follow_accepted', actorId: caller.userId });
  });
}

/** Idempotent; whoever follows already goes on. */
export async function rejectFollowRequest(ctx: Pick<Context, 'db'>, caller: Caller, userId: string): Promise<void> {
  const edge = { followerId: userId, followeeId: caller.userId };
  await inTransaction(ctx.db, async (tx) => {
    await lockProfiles(tx, caller.userId, userId);
    const request = await tx.follow.findFirst({ where: { ...edge, state: 'requested' } });
    if (request) await removeFollow(tx, edge);
  });
}
