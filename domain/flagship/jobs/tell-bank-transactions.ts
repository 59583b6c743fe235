import type { components } from '#openapi/financial';
import type { JobContext } from '../context.ts';
import { listPosted } from '../services/posted-transactions.ts';
import type { Posted } from '../services/posted-transactions.ts';
import type { FlagshipJobs } from './jobs.ts';

/** As many as financial takes in one call. */
const atMost = 500;

/**
 * Tells financial what the bank has posted, as it stands now, for the rules that wait for it and the covers that it may give
 * back. A transaction counts once there, so this is safe to repeat.
 */
export async function tellBankTransactions(
  ctx: Pick<JobContext, 'db' | 'financial'>,
  { connectionId, transactionIds }: FlagshipJobs['tellBankTransactions'],
): Promise<void> {
  const posted = await listPosted(ctx, connectionId, transactionIds);
  for (let from = 0; from < posted.length; from += atMost) {
    const part = posted.slice(from, from + atMost);
    await ctx.financial.tellBankTransactions({
      caller: { service: true },
      path: { userId: part[0]?.userId ?? '' },
      body: { transactions: part.map(present) },
    });
  }
}

function present(row: Posted): components['schemas']['PostedTransaction'] {
  return {
    id: row.id,
    pendingId: row.pendingId,
    accountId: row.accountId,
    amount: { amountMinor: Number(row.amountMinor), currency: row.currency },
    kind: row.kind,
    bookedOn: row.bookedOn.toISOString().slice(0, 10),
    possibleDuplicate: row.possibleDuplicate,
  };
}
