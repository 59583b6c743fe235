import type { Caller } from '#platform/caller';
import { hashOf } from '#platform/idempotency';
import type { Context, ServiceContext } from '../context.ts';
import { notFound, transactionNotCoverable } from '../errors.ts';
import type { CoverFacts } from './facts.ts';
import { askLedger } from './ledger.ts';
import type { BookedOrAsked } from './ledger.ts';

/** What of a bank transaction decides whether it can be covered. */
interface Spent {
  pending: boolean;
  amount: { amountMinor: number };
  possibleDuplicate: boolean;
}

interface NewCover {
  key: string;
  transactionId: string;
  pocketId: string;
}

/**
 * Pays for a bank transaction of the caller out of a pocket, once. Flagship says what was posted; a key that was answered before is
 * answered without it. @throws transaction_not_coverable, transaction_already_covered
 */
export async function coverTransaction(
  { db, clock, flagship }: Pick<ServiceContext, 'db' | 'clock' | 'flagship'>,
  { userId: ownerId }: Caller,
  { key, ...cover }: NewCover,
): Promise<BookedOrAsked<CoverFacts>> {
  const request = { ownerId, key, hash: hashOf(cover) };
  const kept = await askLedger<CoverFacts>(db, 'replay_cover', request);
  if (kept.replayed) return kept;

  const path = { transactionId: cover.transactionId };
  const { body: posted } = await flagship.getTransaction({ caller: { userId: ownerId }, path });
  assertCoverable(posted);
  const { originId, amount, accountId, bookedOn } = posted;
  const spent = { originId, accountId, bookedOn, amountMinor: -amount.amountMinor, currency: amount.currency };
  return askLedger<CoverFacts>(db, 'cover_transaction', { ...request, ...cover, ...spent, at: clock.now() });
}

function assertCoverable({ pending, amount, possibleDuplicate }: Spent): void {
  if (pending) throw transactionNotCoverable('It is not posted yet.');
  if (amount.amountMinor >= 0) throw transactionNotCoverable('Nothing was spent.');
  if (possibleDuplicate) throw transactionNotCoverable('It may be one that the bank told before.');
}

/**
 * The last cover that came about or waits for others, also of a transaction that the bank has told again under another id.
 * @throws not_found
 */
export async function getCover(
  { db, clock, flagship }: Pick<ServiceContext, 'db' | 'clock' | 'flagship'>,
  { userId }: Caller,
  transactionId: string,
): Promise<CoverFacts> {
  const caller = { userId };
  const found = await findCover({ db, clock }, caller, transactionId);
  if (found) return found;
  const { body: told } = await flagship.getTransaction({ caller, path: { transactionId } });
  const cover = told.originId !== transactionId && (await findCover({ db, clock }, caller, told.originId));
  if (!cover) throw notFound();
  return { ...cover, transactionId };
}

async function findCover({ db, clock }: Pick<Context, 'db' | 'clock'>, { userId }: { userId: string }, id: string) {
  const rows = await db.$queryRaw<{ cover: CoverFacts | null }[]>`
    /* getCover */ select cover_of(${id}::uuid, ${userId}::uuid, ${clock.now()}::timestamptz) as cover`;
  return rows[0]?.cover ?? null;
}
