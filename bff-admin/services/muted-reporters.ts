import { inTransaction } from '#platform/database';
import { pageOf } from '#platform/page';
import type { PageRequest } from '#platform/page';
import { cursorForms, decodeCursor } from '#platform/cursor';
import type { MutedReporter } from '#prisma/admin';
import type { Context, Tx } from '../context.ts';
import { reporterNotMuted, untilNotInFuture } from '../errors.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';
import { assertWorksIn } from './queues.ts';

interface NewMute {
  userId: string;
  reason: string;
  until?: string | undefined;
}

/** Keeps a person's coming reports out of the queues, for a time or until listened to again; once more replaces it. @throws forbidden */
export async function muteReporter(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  caller: StaffCaller,
  { userId, reason, until }: NewMute,
): Promise<MutedReporter> {
  await assertWorksIn(db, caller);
  const now = clock.now();
  const end = until === undefined ? null : new Date(until);
  if (end !== null && end <= now) throw untilNotInFuture();
  return inTransaction(db, async (tx) => {
    const mute = { reason, mutedAt: now, until: end };
    const row = await tx.mutedReporter.upsert({ where: { userId }, create: { userId, ...mute }, update: mute });
    const details = end === null ? {} : { until: end.toISOString() };
    await writeAuditEvent(tx, caller, {
      action: 'reporter.mute',
      target: { type: 'user', id: userId },
      reason,
      details,
    });
    return row;
  });
}

/** Listens to a person again: what they reported meanwhile stays where it is. @throws forbidden, not_found */
export async function unmuteReporter({ db }: Pick<Context, 'db'>, caller: StaffCaller, userId: string): Promise<void> {
  await assertWorksIn(db, caller);
  await inTransaction(db, async (tx) => {
    const { count } = await tx.mutedReporter.deleteMany({ where: { userId } });
    if (count === 0) throw reporterNotMuted();
    await writeAuditEvent(tx, caller, { action: 'reporter.unmute', target: { type: 'user', id: userId } });
  });
}

/** The latest first. The look is written down first. */
export async function listMutedReporters(
  { db }: Pick<Context, 'db'>,
  caller: StaffCaller,
  { limit, cursor }: PageRequest,
) {
  await writeAuditEvent(db, caller, { action: 'reporter.list' });
  const rows = await db.mutedReporter.findMany({
    ...(cursor !== undefined && { where: after(cursor) }),
    orderBy: [{ mutedAt: 'desc' }, { userId: 'desc' }],
    take: limit + 1,
  });
  return pageOf(rows, limit, ({ mutedAt, userId }) => ({ at: mutedAt.toISOString(), id: userId }));
}

export async function isMutedReporter(tx: Tx, userId: string, now: Date): Promise<boolean> {
  const found = await tx.mutedReporter.count({ where: { userId, OR: [{ until: null }, { until: { gt: now } }] } });
  return found > 0;
}

function after(cursor: string) {
  const { at, id } = decodeCursor(cursor, { at: cursorForms.time, id: cursorForms.id });
  const mutedAt = new Date(at);
  return { OR: [{ mutedAt: { lt: mutedAt } }, { mutedAt, userId: { lt: id } }] };
}
