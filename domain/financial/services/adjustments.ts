import type { Caller } from '#platform/caller';
import { hashOf } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { callLedger } from './ledger.ts';

/** A sum between an account of a person and its contra account. */
export interface Adjustment {
  personId: string;
  account: 'wallet' | 'pocket' | 'suspense';
  pocketId: string | null;
  against: 'adjustment' | 'suspense';
  /** As the account sees it: positive raises its balance. */
  changeMinor: number;
  currency: string;
}

export interface BookedAdjustment {
  decisionId: string;
  transactionId: string;
  kind: 'adjustment' | 'refund';
  bookedAt: string;
}

/** Books what staff decided, once by the decision. @throws decision_reused, not_found, insufficient_funds, balance_limit_exceeded */
export async function bookAdjustment(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  { staffId }: Caller,
  { decisionId, reason, ...asked }: Adjustment & { decisionId: string; reason: string; kind: BookedAdjustment['kind'] },
): Promise<BookedAdjustment> {
  const request = { decisionId, reason, ...asked, hash: hashOf(asked), staffId, at: clock.now() };
  return (await callLedger<BookedAdjustment>(db, 'book_adjustment', request)).facts;
}
