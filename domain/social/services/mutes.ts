import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Context } from '../context.ts';
import { notFound, selfRelation } from '../errors.ts';
import { byTime, timeBefore } from '../helpers/page.ts';
import { assertFuture } from '../validation/expiry.ts';
import { limits, takeAllowance } from './limits.ts';
import { personColumns } from './people.ts';
import type { PersonRow } from './people.ts';

export type MuteRow = PersonRow & { expiresAt: Date | null };

/** Idempotent; another `expiresAt` replaces the one before, null is without end. */
export async function muteUser(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { userId, expiresAt }: { userId: string; expiresAt: Date | null },
): Promise<MuteRow> {
  if (userId === caller.userId) throw selfRelation();
  await takeAllowance(ctx, caller, limits.follow);
  const createdAt = ctx.clock.now();
  assertFuture(expiresAt, createdAt);
  const muterId = caller.userId;
  return inTransaction(ctx.db, async (tx) => {
    const [person] = await tx.$queryRaw<PersonRow[]>`
      SELECT ${personColumns} FROM visible_people(${muterId}::uuid) p WHERE p.account_id = ${userId}::uuid`;
    if (!person) throw notFound();
    // What has ended goes when something new comes, so that nobody's mutes pile up.
    await tx.mute.deleteMany({ where: { muterId, expiresAt: { lte: createdAt } } });
    await tx.mute.upsert({
      where: { muterId_mutedId: { muterId, mutedId: userId } },
      create: { muterId, mutedId: userId, createdAt, expiresAt },
      update: { expiresAt },
    });
    return { ...person, expiresAt };
  });
}

/** Idempotent. */
export async function unmuteUser(ctx: Pick<Context, 'db'>, caller: Caller, userId: string): Promise<void> {
  await ctx.db.mute.deleteMany({ where: { muterId: caller.userId, mutedId: userId } });
}

/** The caller's mutes in force, the last one first. */
export async function listMutes(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { cursor, limit }: { cursor: string | undefined; limit: number },
): Promise<Page<MuteRow>> {
  const before = timeBefore(cursor);
  const rows = await db.$queryRaw<(MuteRow & { at: Date })[]>`
    SELECT ${personColumns}, m.created_at AS at, m.expires_at AS "expiresAt"
    FROM mute m
    JOIN visible_people(${caller.userId}::uuid) p ON p.account_id = m.muted_id
    WHERE m.muter_id = ${caller.userId}::uuid
      AND (m.created_at, m.muted_id) < (${before.at}, ${before.id}::uuid)
      AND (m.expires_at IS NULL OR m.expires_at > ${clock.now()})
    ORDER BY m.created_at DESC, m.muted_id DESC
    LIMIT ${limit + 1}`;
  return pageOf(rows, limit, byTime);
}
