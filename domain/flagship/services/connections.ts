import type { Connection } from '#prisma/flagship';
import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { pageOf } from '#platform/page';
import type { PageRequest } from '#platform/page';
import type { Context, Tx } from '../context.ts';
import { connectionNotActive, connectionNotFound } from '../errors.ts';
import { openStatuses } from '../helpers/transfer-states.ts';
import { readIdCursor } from '../validation/cursors.ts';
import { changeConnection, endedStatuses, requestSync } from './connection-changes.ts';

/** A connection as it is kept. */
export type ConnectionRow = Connection;

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

/** Ends it here at once; the provider is told by a job. */
export async function deleteConnection(
  ctx: Context,
  { userId }: Caller,
  { connectionId, erase }: { connectionId: string; erase: boolean },
) {
  await inTransaction(ctx.db, async (tx) => {
    const connection = await tx.connection.findFirst({ where: { id: connectionId, userId } });
    if (!connection) throw connectionNotFound();
    if (!endedStatuses.includes(connection.status)) {
      await changeConnection(ctx, tx, connectionId, { status: 'revoked_by_user' });
      await ctx.queue.add(tx, 'revokeConsent', { connectionId });
    }
    if (erase) await eraseRawData(tx, connectionId);
  });
}

/** Accounts stay as the names that transfers refer to. */
async function eraseRawData(tx: Tx, connectionId: string): Promise<void> {
  await tx.bankTransaction.deleteMany({ where: { account: { connectionId } } });
  await tx.balance.deleteMany({ where: { account: { connectionId } } });
}

export async function syncConnection(ctx: Context, caller: Caller, connectionId: string) {
  const connection = await getConnection(ctx, caller, connectionId);
  if (connection.status !== 'active') throw connectionNotActive(connection.status);
  await requestSync(ctx, ctx.db, connectionId);
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
