/** Rows as the views of the financial schema give them, one JSON object each: times as RFC 3339, sums as whole numbers. */
export interface PocketFacts {
  id: string;
  ownerId: string;
  name: string;
  emoji: string | null;
  currency: string;
  balanceMinor: number;
  /** How many entries its account has. */
  entryCount: number;
  targetMinor: number | null;
  /** `YYYY-MM-DD`. */
  targetDate: string | null;
  monthlyMinor: number | null;
  visibility: 'private';
  /** Counts the changes of name and goal. */
  version: number;
  createdAt: string;
  closedAt: string | null;
  /** The last months with movements, at most 5. */
  months: { month: string; netMinor: number }[];
}

export interface MovementFacts {
  /** The ledger transaction. */
  id: string;
  pocketId: string;
  ownerId: string;
  /** Counts the pocket's entries from 1. */
  seq: number;
  kind: 'opening' | 'contribution' | 'pocket_withdrawal' | 'pocket_transfer' | 'sweep' | 'reversal';
  source: 'person' | 'seed';
  note: string | null;
  currency: string;
  amountMinor: number;
  balanceAfterMinor: number;
  createdAt: string;
  reversesId: string | null;
  reversedById: string | null;
  otherPocketId: string | null;
}

export type TransferStatus =
  'created' | 'unknown' | 'submitted' | 'processing' | 'stalled' | 'settled' | 'failed' | 'cancelled' | 'returned';

export interface TransferFacts {
  id: string;
  ownerId: string;
  direction: 'deposit' | 'withdrawal';
  status: TransferStatus;
  /** The bank account, by flagship's id. */
  accountId: string;
  amountMinor: number;
  currency: string;
  reason: string | null;
  createdAt: string;
  updatedAt: string;
}
