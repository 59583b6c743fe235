import type { Connection } from '#prisma/flagship';
import { newId } from '#platform/ids';
import type { Context, Tx } from '../context.ts';
import type { ProviderTransaction, TransactionChanges } from '../provider/provider.ts';

/**
 * One page of changes and the cursor behind it, in one transaction: a kill leaves both or neither. False when another
 * sync has moved the cursor meanwhile; nothing is kept then.
 */
export async function keepTransactions(
  ctx: Pick<Context, 'clock'>,
  tx: Tx,
  connection: Connection,
  { from, changes }: { from: string | null; changes: TransactionChanges },
): Promise<boolean> {
  const { changed, removed, nextCursor } = changes;
  const { id: connectionId } = connection;
  const moved = await tx.connection.updateMany({
    where: { id: connectionId, syncCursor: from },
    data: { syncCursor: nextCursor },
  });
  if (moved.count === 0) return false;
  await keepChanged(ctx, tx, connection, changed);
  await tx.bankTransaction.updateMany({
    where: { account: { connectionId }, providerTransactionId: { in: removed.map(({ id }) => id) }, removedAt: null },
    data: { removedAt: ctx.clock.now() },
  });
  return true;
}

/** New ones in one statement, since a first sync brings hundreds; known ones, which are few, one by one. */
async function keepChanged(
  { clock }: Pick<Context, 'clock'>,
  tx: Tx,
  { id: connectionId, userId }: Connection,
  changed: ProviderTransaction[],
): Promise<void> {
  const accounts = await tx.account.findMany({
    where: { connectionId },
    select: { id: true, providerAccountId: true },
  });
  const accountIds = new Map(accounts.map(({ id, providerAccountId }) => [providerAccountId, id]));
  const known = await tx.bankTransaction.findMany({
    where: { accountId: { in: [...accountIds.values()] }, providerTransactionId: { in: changed.map(({ id }) => id) } },
    select: { id: true, accountId: true, providerTransactionId: true },
  });
  const knownIds = new Map(
    known.map(({ id, accountId, providerTransactionId }) => [`${accountId} ${providerTransactionId}`, id]),
  );

  const fresh = new Map<
    string,
    ReturnType<typeof factsOf> & { id: string; userId: string; accountId: string; providerTransactionId: string }
  >();
  for (const transaction of changed) {
    const accountId = accountIds.get(transaction.accountId);
    if (accountId === undefined) continue;
    const place = `${accountId} ${transaction.id}`;
    const id = knownIds.get(place);
    const facts = factsOf(transaction);
    if (id !== undefined) await tx.bankTransaction.update({ where: { id }, data: facts });
    else
      fresh.set(place, { id: newId(clock.now()), userId, accountId, providerTransactionId: transaction.id, ...facts });
  }
  await tx.bankTransaction.createMany({ data: [...fresh.values()] });
}

function factsOf({ pendingId, amountMinor, description, bookedOn, pending }: ProviderTransaction) {
  return {
    providerPendingId: pendingId,
    amountMinor: BigInt(amountMinor),
    description,
    bookedOn: new Date(`${bookedOn}T00:00:00Z`),
    pending,
  };
}
