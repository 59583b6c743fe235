import type { Prisma } from '#prisma/flagship';
import type { Context, Tx } from '../context.ts';

export const endedStatuses = ['revoked_at_provider', 'revoked_by_user', 'expired', 'rejected'];
const noTokens = { accessToken: null, accessTokenExpiresAt: null, refreshToken: null };

/**
 * Changes a connection so that financial hears of it: its version grows and the job is written in the same transaction.
 * One that has ended stays as it is; one that ends loses its tokens.
 */
export async function changeConnection(
  { queue }: Pick<Context, 'queue'>,
  tx: Tx,
  id: string,
  changes: Prisma.ConnectionUpdateManyMutationInput & { status?: string },
): Promise<void> {
  const isEnd = changes.status !== undefined && endedStatuses.includes(changes.status);
  const { count } = await tx.connection.updateMany({
    where: { id, status: { notIn: endedStatuses } },
    data: { ...changes, ...(isEnd && noTokens), version: { increment: 1 } },
  });
  if (count > 0) await queue.add(tx, 'tellBankAccounts', { connectionId: id }, { key: `tellBankAccounts:${id}` });
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
