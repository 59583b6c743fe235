import type { Connection, Prisma } from '#prisma/flagship';
import { newId } from '#platform/ids';
import type { Context, Tx } from '../context.ts';
import { eventOfMove } from '../helpers/connection-events.ts';
import type { ConnectionEventName } from '../helpers/connection-events.ts';
import { statusOf } from '../helpers/connection-health.ts';
import { attentionStatuses, canMoveConnection, endedStatuses } from '../helpers/connection-states.ts';
import type { KeptStatus } from '../helpers/connection-states.ts';

export const noTokens = { accessToken: null, accessTokenExpiresAt: null, refreshToken: null };

type Changes = Omit<Prisma.ConnectionUpdateManyMutationInput, 'status'> & { status?: KeptStatus };

/** The connection's row, held until the transaction ends. */
export async function lockConnection(tx: Tx, id: string): Promise<Connection | null> {
  await tx.$queryRaw`select 1 from connection where id = ${id}::uuid for update`;
  return tx.connection.findUnique({ where: { id } });
}

/**
 * Changes a connection so that financial hears of it, and the person when the link needs them: its version grows, and its
 * history and the jobs are written in the same transaction. One that ends loses its tokens. False, and nothing is changed,
 * when the state does not lead there.
 */
export async function changeConnection(
  ctx: Pick<Context, 'queue' | 'clock'>,
  tx: Tx,
  id: string,
  changes: Changes,
  told?: ConnectionEventName,
): Promise<boolean> {
  const before = await lockConnection(tx, id);
  if (!before) return false;
  const status = changes.status ?? (before.status as KeptStatus);
  const isMove = status !== before.status;
  if (isMove ? !canMoveConnection(before.status, status) : endedStatuses.includes(status)) return false;
  const after = await tx.connection.update({
    where: { id },
    data: { ...changes, ...(endedStatuses.includes(status) && noTokens), version: { increment: 1 } },
  });
  const event = told ?? (isMove ? eventOfMove(before.status, status) : undefined);
  if (event) await recordEvent(ctx, tx, after, event);
  // Nothing was read before a link is active.
  if (before.status !== 'awaiting_authorisation') await tellAccounts(ctx, tx, id);
  const needsPerson = event === 'expiring' || (isMove && attentionStatuses.includes(status));
  if (needsPerson) {
    await ctx.queue.add(tx, 'tellConnectionAttention', { connectionId: id, noticeId: newId(ctx.clock.now()) });
  }
  return true;
}

/** Writes a line of the connection's history, with the status that it has now. */
export async function recordEvent(
  { clock }: Pick<Context, 'clock'>,
  tx: Tx,
  connection: Pick<Connection, 'id' | 'status' | 'consentExpiresAt'>,
  event: ConnectionEventName,
): Promise<void> {
  const at = clock.now();
  await tx.connectionEvent.create({
    data: { connectionId: connection.id, at, event, status: statusOf(connection, at) },
  });
}

/** Financial hears of the accounts as they are then. */
export async function tellAccounts({ queue }: Pick<Context, 'queue'>, tx: Tx, connectionId: string): Promise<void> {
  await queue.add(tx, 'tellBankAccounts', { connectionId }, { key: `tellBankAccounts:${connectionId}` });
}

/** Asks for a sync soon; one that waits already is brought forward. */
export async function requestSync(
  { queue }: Pick<Context, 'queue'>,
  tx: Tx,
  connectionId: string,
  runAt?: Date,
): Promise<void> {
  const key = `syncConnection:${connectionId}`;
  await queue.add(tx, 'syncConnection', { connectionId }, { key, maxAttempts: 5, ...(runAt && { runAt }) });
}

/** The provider is asked for the state of the consent. Another round asks again where this one gives up. */
export async function requestConsentCheck(
  { queue }: Pick<Context, 'queue'>,
  tx: Tx,
  connectionId: string,
): Promise<void> {
  await queue.add(tx, 'checkConsent', { connectionId }, { key: `checkConsent:${connectionId}`, maxAttempts: 3 });
}

/** The provider is told that a connection has ended. It is told again each minute while `revokeSince` stands. */
export async function requestRevocation(
  { queue }: Pick<Context, 'queue'>,
  tx: Tx,
  connectionId: string,
): Promise<void> {
  await queue.add(tx, 'revokeConsent', { connectionId }, { key: `revokeConsent:${connectionId}`, maxAttempts: 5 });
}
