import type { Connection } from '#prisma/flagship';
import { newId } from '#platform/ids';
import type { Context, Tx } from '../context.ts';
import type { ProviderTransaction, TransactionChanges } from '../provider/provider.ts';

/**
 * One page of changes and the cursor behind it, in one transaction: a kill leaves both or neither. What is posted after the
 * connection's first sync is told to financial, for the rules that wait for it; what came before is history. False when
 * another sync has moved the cursor meanwhile, or the connection has ended; nothing is kept then.
 */
export async function keepTransactions(
  ctx: Pick<Context, 'clock' | 'queue'>,
  tx: Tx,
  connection: Connection,
  { from, changes }: { from: string | null; changes: TransactionChanges },
): Promise<boolean> {
  const { changed, removed, nextCursor } = changes;
  const { id: connectionId } = connection;
  const moved = await tx.connection.updateMany({
    where: { id: connectionId, syncCursor: from, status: 'active' },
    data: { syncCursor: nextCursor },
  });
  if (moved.count === 0) return false;
  const posted = await keepChanged(ctx, tx, connection, changed);
  if (posted.length > 0 && connection.lastSuccessAt !== null) {
    await ctx.queue.add(tx, 'tellBankTransactions', { connectionId, transactionIds: posted });
  }
  await tx.bankTransaction.updateMany({
    where: { account: { connectionId }, providerTransactionId: { in: removed.map(({ id }) => id) }, removedAt: null },
    data: { removedAt: ctx.clock.now() },
  });
  return true;
}

/** New ones in one statement, since a first sync brings hundreds; known ones, which are few, one by one. Answers which are posted. */
async function keepChanged(
  { clock }: Pick<Context, 'clock'>,
  tx: Tx,
  { id: connectionId, userId }: Connection,
  changed: ProviderTransaction[],
): Promise<string[]> {
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
  const posted = new Set<string>();
  for (const transaction of changed) {
    const accountId = accountIds.get(transaction.accountId);
    if (accountId === undefined) continue;
    const place = `${accountId} ${transaction.id}`;
    const id = knownIds.get(place) ?? fresh.get(place)?.id ?? newId(clock.now());
    const facts = factsOf(transaction);
    if (knownIds.has(place)) await tx.bankTransaction.update({ where: { id }, data: facts });
    else fresh.set(place, { id, userId, accountId, providerTransactionId: transaction.id, ...facts });
    if (facts.pending) posted.delete(id);
    else posted.add(id);
  }
  await tx.bankTransaction.createMany({ data: [...fresh.values()] });
  return [...posted];
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
