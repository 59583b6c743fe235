import type { Context } from '../context.ts';
import { callLedger } from './ledger.ts';

/** What keeps an account from being closed: one kind, and which ones. */
export interface ClosingBlocker {
  kind: 'balance' | 'pending_transfer';
  ids: string[];
}

export async function getClosingBlockers({ db }: Pick<Context, 'db'>, personId: string): Promise<ClosingBlocker[]> {
  const rows = await db.$queryRaw<{ blockers: ClosingBlocker[] }[]>`
    /* getClosingBlockers */ select closing_blockers(${personId}::uuid) as blockers`;
  return rows[0]?.blockers ?? [];
}

/** Forgets a person and keeps the books under the pseudonym. Again, it changes nothing. @throws closing_blocked */
export async function erasePerson(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  erasure: { personId: string; pseudonym: string },
): Promise<void> {
  await callLedger(db, 'erase_person', { ...erasure, at: clock.now() });
}
