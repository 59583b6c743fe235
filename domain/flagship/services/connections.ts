import type { Connection, ConnectionEvent } from '#prisma/flagship';
import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { pageOf } from '#platform/page';
import type { PageRequest } from '#platform/page';
import type { Context, Tx } from '../context.ts';
import { connectionNotActive, connectionNotFound } from '../errors.ts';
import { openStatuses } from '../helpers/transfer-states.ts';
import { readIdCursor, readSequenceCursor } from '../validation/cursors.ts';
import {
  changeConnection,
  lockConnection,
  recordEvent,
  requestRevocation,
  requestSync,
  tellAccounts,
} from './connection-changes.ts';
import { deleteWhatWasRead } from './what-was-read.ts';

/** A connection as it is kept. */
export type ConnectionRow = Connection;
/** A line of its history. */
export type ConnectionEventRow = ConnectionEvent;

const summaryLimit = 100;

export async function listConnections({ db }: Context, { userId }: Caller, { limit, cursor }: PageRequest) {
  const before = readIdCursor(cursor);
  const rows = await db.connection.findMany({
    where: { userId, ...(before !== undefined && { id: { lt: before } }) },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  return pageOf(rows, limit, ({ id }) => ({ id }));
}

export async function getConnection({ db }: Pick<Context, 'db'>, { userId }: Caller, id: string) {
  const connection = await db.connection.findFirst({ where: { id, userId } });
  if (!connection) throw connectionNotFound();
  return connection;
}

/** Newest first. The status is that of the time. */
export async function listConnectionHistory(
  ctx: Context,
  caller: Caller,
  { connectionId, limit, cursor }: PageRequest & { connectionId: string },
) {
  const before = readSequenceCursor(cursor);
  await getConnection(ctx, caller, connectionId);
  const rows = await ctx.db.connectionEvent.findMany({
    where: { connectionId, ...(before !== undefined && { seq: { lt: before } }) },
    orderBy: { seq: 'desc' },
    take: limit + 1,
  });
  return pageOf(rows, limit, ({ seq }) => ({ seq: String(seq) }));
}

/** Ends it here at once; the provider is told by a job, as often as it takes. */
export async function deleteConnection(
  ctx: Context,
  { userId }: Caller,
  { connectionId, erase }: { connectionId: string; erase: boolean },
) {
  await inTransaction(ctx.db, async (tx) => {
    const connection = await lockConnection(tx, connectionId);
    if (connection?.userId !== userId) throw connectionNotFound();
    const ending = { status: 'revoked_by_user' as const, revokeSince: ctx.clock.now() };
    const isEndedNow = await changeConnection(ctx, tx, connectionId, ending);
    if (isEndedNow) await requestRevocation(ctx, tx, connectionId);
    if (erase && connection.erasedAt === null) await eraseConnection(ctx, tx, connectionId);
  });
}

/** Removes what was read, whenever the connection ended; financial forgets its projection of it too. */
async function eraseConnection(ctx: Context, tx: Tx, connectionId: string): Promise<void> {
  await deleteWhatWasRead(tx, { connectionId });
  const erased = await tx.connection.update({
    where: { id: connectionId },
    data: { erasedAt: ctx.clock.now(), syncCursor: null, version: { increment: 1 } },
  });
  await recordEvent(ctx, tx, erased, 'erased');
  await tellAccounts(ctx, tx, connectionId);
}

export async function syncConnection(ctx: Context, caller: Caller, connectionId: string) {
  const connection = await getConnection(ctx, caller, connectionId);
  if (connection.status !== 'active') throw connectionNotActive(connection.status);
  await inTransaction(ctx.db, async (tx) => {
    await tx.connection.updateMany({ where: { id: connectionId }, data: { askedAt: ctx.clock.now() } });
    await requestSync(ctx, tx, connectionId);
  });
  return connection;
}

/** For staff: no sums. */
export async function getConnectionsSummary({ db }: Context, userId: string) {
  const [connections, transfersInFlight] = await Promise.all([
    db.connection.findMany({
      where: { userId },
      orderBy: { id: 'desc' },
      take: summaryLimit,
      include: { _count: { select: { accounts: true } } },
    }),
    db.transfer.count({ where: { userId, status: { in: openStatuses } } }),
  ]);
  return { userId, connections, transfersInFlight };
}
