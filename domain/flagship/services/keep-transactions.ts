import type { BankTransaction, Connection } from '#prisma/flagship';
import { newId } from '#platform/ids';
import type { Context, Tx } from '../context.ts';
import { guessCategory } from '../helpers/categories.ts';
import { merchantOf } from '../helpers/merchants.ts';
import type { ProviderTransaction, TransactionChanges } from '../provider/provider.ts';
import { lockConnection } from './connection-changes.ts';
import { carryEdits, findTwins } from './transaction-twins.ts';

export type NewTransaction = Omit<BankTransaction, 'removedAt'>;
type Known = Pick<BankTransaction, 'id' | 'originId'>;

/** Whether a page tells of an account that is not known; what it tells of it could not be kept. */
export async function namesUnknownAccount(db: Tx, connectionId: string, { changed }: TransactionChanges) {
  const known = await accountIdsOf(db, connectionId);
  return changed.some(({ accountId }) => !known.has(accountId));
}

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
  const { id: connectionId } = connection;
  const now = ctx.clock.now();
  if (!(await moveCursor(tx, connectionId, { from, changes, now }))) return false;
  const { posted, replaced } = await keepChanged(ctx, tx, connection, {
    ...changes,
    changed: changes.changed.map(replacingNoneOfItself),
  });
  if (posted.length > 0 && connection.lastSuccessAt !== null) {
    await ctx.queue.add(tx, 'tellBankTransactions', { connectionId, transactionIds: posted });
  }
  const removed = changes.removed.map(({ id }) => id);
  const gone = await tx.bankTransaction.updateManyAndReturn({
    where: {
      account: { connectionId },
      removedAt: null,
      OR: [{ providerTransactionId: { in: removed } }, { id: { in: replaced } }],
    },
    data: { removedAt: now },
    select: { id: true },
  });
  await carryEdits(
    tx,
    gone.map(({ id }) => id),
  );
  return true;
}

/** A bank may keep the id when it books what was pending: it is the same row then, and takes the place of none. */
function replacingNoneOfItself(transaction: ProviderTransaction): ProviderTransaction {
  return transaction.pendingId === transaction.id ? { ...transaction, pendingId: null } : transaction;
}

/** The first page of several remembers where they began. */
async function moveCursor(
  tx: Tx,
  id: string,
  { from, changes, now }: { from: string | null; changes: TransactionChanges; now: Date },
): Promise<boolean> {
  const moved = await tx.$executeRaw`
    /* keepTransactions */ update connection set sync_cursor = ${changes.nextCursor},
      pages_from = case when ${changes.hasMore}::boolean then case when pages_began_at is null then sync_cursor else pages_from end end,
      pages_began_at = case when ${changes.hasMore}::boolean then coalesce(pages_began_at, ${now}::timestamptz) end
    where id = ${id}::uuid and sync_cursor is not distinct from ${from} and status = 'active'`;
  return moved > 0;
}

/**
 * The bank has changed what earlier pages told: reading begins again where they began. What they brought counts no more, until
 * it is told again under the same ids. Answers the cursor to go on from.
 */
export async function restartPages({ clock }: Pick<Context, 'clock'>, tx: Tx, id: string): Promise<string | null> {
  const connection = await lockConnection(tx, id);
  if (!connection?.pagesBeganAt) return connection?.syncCursor ?? null;
  const { pagesFrom, pagesBeganAt } = connection;
  await tx.connection.update({ where: { id }, data: { syncCursor: pagesFrom, pagesFrom: null, pagesBeganAt: null } });
  await tx.bankTransaction.updateMany({
    where: { account: { connectionId: id }, firstSeenAt: { gte: pagesBeganAt }, removedAt: null },
    data: { removedAt: clock.now() },
  });
  return pagesFrom;
}

/**
 * New ones in one statement, since a first sync brings hundreds; known ones, which are few, one by one. Answers which are
 * posted, and which pending ones were booked under another id, whether or not the bank says that they are gone.
 */
async function keepChanged(
  { clock }: Pick<Context, 'clock'>,
  tx: Tx,
  connection: Connection,
  { changed, removed }: TransactionChanges,
): Promise<{ posted: string[]; replaced: string[] }> {
  const accountIds = await accountIdsOf(tx, connection.id);
  const known = await findKnown(tx, [...accountIds.values()], changed);
  const fresh = new Map<string, NewTransaction>();
  const posted = new Set<string>();
  const replaced = new Set<string>();
  for (const transaction of changed) {
    const accountId = accountIds.get(transaction.accountId);
    if (accountId === undefined) continue;
    const place = `${accountId} ${transaction.id}`;
    const before = known.get(place);
    const id = before?.id ?? fresh.get(place)?.id ?? newId(clock.now());
    const pendingPlace = `${accountId} ${transaction.pendingId ?? ''}`;
    const held = known.get(pendingPlace) ?? fresh.get(pendingPlace);
    const facts = { ...factsOf(transaction), ...(held && { originId: held.originId ?? held.id }) };
    if (before) await tx.bankTransaction.update({ where: { id }, data: { ...facts, removedAt: null } });
    else fresh.set(place, { ...blank(connection, clock.now()), id, accountId, ...facts });
    if (held) replaced.add(held.id);
    if (facts.pending) posted.delete(id);
    else posted.add(id);
  }
  const rows = await findTwins(tx, connection, [...fresh.values()], { removed: removed.map(({ id }) => id), replaced });
  await tx.bankTransaction.createMany({ data: rows });
  return { posted: [...posted], replaced: [...replaced] };
}

async function accountIdsOf(tx: Tx, connectionId: string): Promise<Map<string, string>> {
  const accounts = await tx.account.findMany({
    where: { connectionId },
    select: { id: true, providerAccountId: true },
  });
  return new Map(accounts.map(({ id, providerAccountId }) => [providerAccountId, id]));
}

/** The rows that are told again, and those that they were while they were pending. */
async function findKnown(
  tx: Tx,
  accountIds: string[],
  changed: ProviderTransaction[],
): Promise<ReadonlyMap<string, Known>> {
  const ids = changed.flatMap(({ id, pendingId }) => (pendingId === null ? [id] : [id, pendingId]));
  const rows = await tx.bankTransaction.findMany({
    where: { accountId: { in: accountIds }, providerTransactionId: { in: ids } },
    select: { id: true, originId: true, accountId: true, providerTransactionId: true },
  });
  return new Map(rows.map((row) => [`${row.accountId} ${row.providerTransactionId}`, row]));
}

function blank({ userId }: Connection, firstSeenAt: Date) {
  return { userId, firstSeenAt, originId: null, duplicateOf: null };
}

function factsOf(transaction: ProviderTransaction) {
  const { id, pendingId, amountMinor, description, bookedOn, pending } = transaction;
  return {
    providerTransactionId: id,
    providerPendingId: pendingId,
    amountMinor: BigInt(amountMinor),
    description,
    bookedOn: new Date(`${bookedOn}T00:00:00Z`),
    pending,
    merchant: merchantOf(description),
    category: guessCategory(transaction),
  };
}
