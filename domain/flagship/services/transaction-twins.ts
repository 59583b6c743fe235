import type { BankTransaction, Connection } from '#prisma/flagship';
import type { Tx } from '../context.ts';
import type { NewTransaction } from './keep-transactions.ts';

const dayMs = 86_400_000;
/** A pending transaction is booked within that time, as a rule. */
const bookedWithinMs = 7 * dayMs;

/**
 * Banks give new ids to what they have told before. A new row that looks like one from an earlier sync (the same account, day,
 * sum and text) is marked as its possible duplicate; each earlier row stands for one new row only. When the earlier one is
 * removed with it, the new one takes its place and edits. Two that are told together are two payments.
 */
export async function findTwins(
  tx: Tx,
  { lastSuccessAt }: Connection,
  fresh: NewTransaction[],
  { removed, replaced }: { removed: string[]; replaced: ReadonlySet<string> },
): Promise<NewTransaction[]> {
  const unlinked = fresh.filter(({ originId }) => originId === null);
  if (lastSuccessAt === null || unlinked.length === 0) return fresh;
  const candidates = await findCandidates(tx, unlinked, lastSuccessAt);
  const used = new Set(replaced);
  return fresh.map((row) => {
    if (row.originId !== null) return row;
    const isFree = (candidate: BankTransaction) => !used.has(candidate.id) && looksAlike(candidate, row);
    const isGone = ({ providerTransactionId }: BankTransaction) => removed.includes(providerTransactionId);
    const gone = candidates.find((one) => isFree(one) && isGone(one) && (one.pending || isSameDay(one, row)));
    const twin = gone ?? candidates.find((one) => isFree(one) && !one.pending && !row.pending && isSameDay(one, row));
    if (!twin) return row;
    used.add(twin.id);
    return {
      ...row,
      ...(gone && { originId: twin.originId ?? twin.id }),
      // What was pending has counted nowhere, so the booked one is no second.
      ...(!twin.pending && { duplicateOf: twin.id }),
    };
  });
}

/** Rows of earlier syncs that no other row is a duplicate of. */
async function findCandidates(tx: Tx, rows: NewTransaction[], lastSuccessAt: Date): Promise<BankTransaction[]> {
  const days = rows.map(({ bookedOn }) => bookedOn.getTime());
  const found = await tx.bankTransaction.findMany({
    where: {
      accountId: { in: [...new Set(rows.map(({ accountId }) => accountId))] },
      bookedOn: { gte: new Date(Math.min(...days) - bookedWithinMs), lte: new Date(Math.max(...days)) },
      amountMinor: { in: [...new Set(rows.map(({ amountMinor }) => amountMinor))] },
      removedAt: null,
      OR: [{ firstSeenAt: null }, { firstSeenAt: { lte: lastSuccessAt } }],
    },
    orderBy: { id: 'asc' },
  });
  const doubled = await tx.bankTransaction.findMany({
    where: { duplicateOf: { in: found.map(({ id }) => id) }, removedAt: null },
    select: { duplicateOf: true },
  });
  const taken = new Set(doubled.map(({ duplicateOf }) => duplicateOf));
  return found.filter(({ id }) => !taken.has(id));
}

function looksAlike(one: NewTransaction, other: NewTransaction): boolean {
  return (
    one.accountId === other.accountId &&
    one.amountMinor === other.amountMinor &&
    textOf(one.description) === textOf(other.description)
  );
}

function isSameDay(one: NewTransaction, other: NewTransaction): boolean {
  return one.bookedOn.getTime() === other.bookedOn.getTime();
}

function textOf(description: string): string {
  return description.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
}

/** Of transactions that are gone, the edits go to the possible duplicate that is left in their place. */
export async function carryEdits(tx: Tx, goneIds: string[]): Promise<void> {
  if (goneIds.length === 0) return;
  await tx.$executeRaw`
    /* carryEdits */ update bank_transaction left_one set origin_id = coalesce(gone.origin_id, gone.id)
    from bank_transaction gone
    where gone.id = any (${goneIds}::uuid[]) and left_one.duplicate_of = gone.id and left_one.removed_at is null
      and not exists (select from transaction_edit own where own.origin_id = coalesce(left_one.origin_id, left_one.id))`;
}
