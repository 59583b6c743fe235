import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Context, Tx } from '../context.ts';
import { byTime, timeBefore } from '../helpers/page.ts';
import { lockPair, removeFollow } from './follow-edges.ts';
import { limits, takeAllowance } from './limits.ts';
import { personColumns } from './people.ts';
import type { PersonRow } from './people.ts';

/**
 * Idempotent; follows both ways end, each leaves the other's circles, and what one notified the other of is gone. It reaches
 * across a block of the other side: otherwise whoever blocks first could come back as they please.
 */
export async function blockUser(ctx: Pick<Context, 'db' | 'clock'>, caller: Caller, userId: string): Promise<void> {
  await takeAllowance(ctx, caller, limits.follow);
  const { userId: blockerId } = caller;
  await inTransaction(ctx.db, async (tx) => {
    await lockPair(tx, blockerId, userId);
    await tx.block.createMany({
      data: { blockerId, blockedId: userId, createdAt: ctx.clock.now() },
      skipDuplicates: true,
    });
    await removeFollow(tx, { followerId: blockerId, followeeId: userId });
    await removeFollow(tx, { followerId: userId, followeeId: blockerId });
    await leaveCircles(tx, blockerId, userId);
    await tx.acceptedStranger.deleteMany({
      where: {
        OR: [
          { accountId: blockerId, strangerId: userId },
          { accountId: userId, strangerId: blockerId },
        ],
      },
    });
    await tx.notification.deleteMany({
      where: {
        OR: [
          { accountId: blockerId, actorId: userId },
          { accountId: userId, actorId: blockerId },
        ],
      },
    });
  });
}

/** Idempotent. */
export async function unblockUser(ctx: Pick<Context, 'db'>, caller: Caller, userId: string): Promise<void> {
  await ctx.db.block.deleteMany({ where: { blockerId: caller.userId, blockedId: userId } });
}

/** Whom the caller has blocked, the last one first; those whose account is being deleted are seen by nobody, here neither. */
export async function listBlocks(
  { db }: Pick<Context, 'db'>,
  caller: Caller,
  { cursor, limit }: { cursor: string | undefined; limit: number },
): Promise<Page<PersonRow>> {
  const before = timeBefore(cursor);
  const rows = await db.$queryRaw<(PersonRow & { at: Date })[]>`
    SELECT ${personColumns}, b.created_at AS at
    FROM block b
    JOIN profile p ON p.account_id = b.blocked_id
    WHERE b.blocker_id = ${caller.userId}::uuid
      AND (b.created_at, b.blocked_id) < (${before.at}, ${before.id}::uuid)
      AND NOT EXISTS (SELECT FROM account_closure c WHERE c.account_id = b.blocked_id)
    ORDER BY b.created_at DESC, b.blocked_id DESC
    LIMIT ${limit + 1}`;
  return pageOf(rows, limit, byTime);
}

async function leaveCircles(tx: Tx, one: string, other: string): Promise<void> {
  await tx.circleMember.deleteMany({
    where: {
      OR: [
        { memberId: other, circle: { ownerId: one } },
        { memberId: one, circle: { ownerId: other } },
      ],
    },
  });
}
