import { assertIfMatch, versionTag } from '#platform/etag';
import { digest } from '#platform/send';
import type { TransactionRow } from '../services/transactions.ts';

/** The ETag of a transaction: `"2.xE3kQ0aB.mZq0"`. It changes with the person's edits, and with what the bank tells or was learned. */
export function transactionTag(row: TransactionRow, userId: string): string {
  const { amountMinor, bookedOn, description, category, categoryFrom, possibleDuplicate, pending } = row;
  const told = [String(amountMinor), bookedOn, description, category, categoryFrom, possibleDuplicate, pending];
  const edited = versionTag(row.version, userId).slice(0, -1);
  return `${edited}.${digest(userId, JSON.stringify(told)).slice(0, 8)}"`;
}

/**
 * Checks `If-Match` by the edits alone: what the bank has told in between is no reason to refuse a note.
 * @throws precondition_failed when the person has changed it since.
 */
export function assertTransactionVersion(ifMatch: string | undefined, { version }: TransactionRow, userId: string) {
  const edited = ifMatch?.replace(/"(\d+\.[\w-]+)\.[\w-]+"/g, '"$1"');
  assertIfMatch(edited, version, userId);
}
