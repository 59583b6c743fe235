import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import { notFound, selfRelation } from '../errors.ts';

/**
 * Lets a stranger in: what they did moves among the notifications, at its own time. Idempotent.
 * @throws not_found for whom the caller cannot see, self_relation
 */
export async function acceptNotificationRequests(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  strangerId: string,
): Promise<void> {
  const accountId = caller.userId;
  if (accountId === strangerId) throw selfRelation();
  await inTransaction(ctx.db, async (tx) => {
    const count = await tx.$executeRaw`
      INSERT INTO accepted_stranger (account_id, stranger_id, accepted_at)
      SELECT ${accountId}::uuid, v.account_id, ${ctx.clock.now()}
      FROM visible_people(${accountId}::uuid) v WHERE v.account_id = ${strangerId}::uuid
      ON CONFLICT (account_id, stranger_id) DO UPDATE SET accepted_at = accepted_stranger.accepted_at`;
    if (count === 0) throw notFound();
    // A group of requests is of one stranger alone, so it moves as a whole.
    await tx.$executeRaw`
      UPDATE notification_group SET request = false
      WHERE account_id = ${accountId}::uuid AND request AND id IN (
        SELECT group_id FROM notification
        WHERE actor_id = ${strangerId}::uuid AND account_id = ${accountId}::uuid AND request
      )`;
    await tx.notification.updateMany({
      where: { accountId, actorId: strangerId, request: true },
      data: { request: false },
    });
  });
}

/** Throws away what a stranger did so far. Idempotent. */
export async function dismissNotificationRequests(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  strangerId: string,
): Promise<void> {
  await ctx.db.notification.deleteMany({ where: { accountId: caller.userId, actorId: strangerId, request: true } });
}
