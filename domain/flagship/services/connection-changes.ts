import type { Connection, Prisma } from '#prisma/flagship';
import { newId } from '#platform/ids';
import type { Context, Tx } from '../context.ts';

export const endedStatuses = ['revoked_at_provider', 'revoked_by_user', 'expired', 'rejected'];
/** What a bank did to a link without being asked: the person hears of it. */
const attentionStatuses = ['reauth_required', 'revoked_at_provider', 'expired'];
export const noTokens = { accessToken: null, accessTokenExpiresAt: null, refreshToken: null };

/** The connection's row, held until the transaction ends. */
export async function lockConnection(tx: Tx, id: string): Promise<Connection | null> {
  await tx.$queryRaw`select 1 from connection where id = ${id}::uuid for update`;
  return tx.connection.findUnique({ where: { id } });
}

/**
 * Changes a connection so that financial hears of it, and the person when the link needs them: its version grows and the
 * jobs are written in the same transaction. One that has ended stays as it is; one that ends loses its tokens.
 */
export async function changeConnection(
  { queue, clock }: Pick<Context, 'queue' | 'clock'>,
  tx: Tx,
  id: string,
  changes: Prisma.ConnectionUpdateManyMutationInput & { status?: string },
): Promise<void> {
  const before = await lockConnection(tx, id);
  if (!before || endedStatuses.includes(before.status)) return;
  const status = changes.status ?? before.status;
  const isEnd = endedStatuses.includes(status);
  await tx.connection.update({
    where: { id },
    data: { ...changes, ...(isEnd && noTokens), version: { increment: 1 } },
  });
  await queue.add(tx, 'tellBankAccounts', { connectionId: id }, { key: `tellBankAccounts:${id}` });
  if (status !== before.status && attentionStatuses.includes(status)) {
    await queue.add(tx, 'tellConnectionAttention', { connectionId: id, noticeId: newId(clock.now()) });
  }
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
