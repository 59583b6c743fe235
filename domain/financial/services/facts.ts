import type { GoalPart } from '../helpers/complete-goal.ts';

/** Rows as the views of the financial schema give them, one JSON object each: times as RFC 3339, sums as whole numbers. */
export interface PocketFacts {
  id: string;
  ownerId: string;
  name: string;
  emoji: string | null;
  /** Null without a picture, missing in answers that were kept before pockets had any. */
  imageUrl?: string | null;
  currency: string;
  balanceMinor: number;
  /** How many entries its account has. */
  entryCount: number;
  targetMinor: number | null;
  /** `YYYY-MM-DD`. */
  targetDate: string | null;
  monthlyMinor: number | null;
  /** Which of the three follows from the two others; missing in answers that were kept before any did. */
  derived?: GoalPart | null;
  visibility: 'private';
  /** Who else sees its card; null for nobody, missing in answers that were kept before there was sharing. */
  shared?: { audience: 'public' | 'followers'; showAmount: boolean } | null;
  /** Its last lock, in force or over; null where there never was one, missing in answers that were kept. */
  lock?: LockFacts | null;
  /** Counts the changes of name and goal. */
  version: number;
  createdAt: string;
  closedAt: string | null;
  /** Who reads it, and what they are to the pocket. */
  viewerId: string;
  viewerRole: PocketRole;
  /** The last months with movements, at most 5. */
  months: { month: string; netMinor: number }[];
  /** Whose days and months the reader goes by; missing for UTC. */
  timeZone?: string;
}

/** What keeps the money of a pocket in it, as `pocket_lock` says. */
export interface LockFacts {
  until: string | null;
  untilMinor: number | null;
  delayHours: number;
  /** A shorter delay, and from when on it counts. */
  loweredHours: number | null;
  loweredAt: string | null;
  /** Whether somebody took money out when `untilMinor` was there. */
  amountReached: boolean;
  unlockBy: string | null;
  unlockAt: string | null;
  /** The guardian whose approval it needs besides. */
  unlockWaitsFor: string | null;
  lockedAt: string;
  /** Who was asked to guard it. */
  guardian: { guardianId: string; status: 'pending' | 'accepted' | 'declined' } | null;
}

/** A lock that a person guards or is asked to; `ended` once the lock is over. */
export interface GuardianshipFacts {
  id: string;
  pocketId: string;
  pocketName: string;
  pocketEmoji: string | null;
  ownerId: string;
  guardianId: string;
  status: 'pending' | 'accepted' | 'declined' | 'ended';
  unlockBy: string | null;
  unlockAt: string | null;
  unlockWaitsFor: string | null;
  createdAt: string;
}

export type PocketRole = 'owner' | 'contributor' | 'viewer';

export interface MemberFacts {
  memberId: string;
  role: PocketRole;
  contributedMinor: number;
  withdrawnMinor: number;
  currency: string;
  joinedAt: string;
  /** From when on their say counts; null for at once, missing in answers that were kept. */
  votesFrom?: string | null;
}

/** How a member left: what was paid out to them, and as which movement. */
export interface DepartureFacts extends MemberFacts {
  payoutMinor: number;
  movementId: string | null;
}

export interface InvitationFacts {
  id: string;
  pocketId: string;
  pocketName: string;
  pocketEmoji: string | null;
  currency: string;
  inviterId: string;
  inviteeId: string;
  role: 'contributor' | 'viewer';
  /** One that has run out is still pending: the clock tells. */
  status: 'pending' | 'accepted' | 'declined' | 'withdrawn';
  createdAt: string;
  expiresAt: string;
}

export interface PolicyFacts {
  who: 'owner' | 'contributors';
  approvals: number;
  aboveMinor: number;
}

export interface ApprovalFacts {
  id: string;
  pocketId: string;
  kind: 'withdrawal' | 'transfer' | 'policy' | 'closing';
  requesterId: string;
  amountMinor: number | null;
  currency: string;
  note: string | null;
  toPocketId: string | null;
  policy: PolicyFacts | null;
  /** One that has run out is still pending: the clock tells. */
  status: 'pending' | 'executed' | 'rejected' | 'cancelled';
  approvals: number;
  needed: number;
  viewerApproves: boolean | null;
  movementId: string | null;
  createdAt: string;
  expiresAt: string;
}

export interface MovementFacts {
  /** The ledger transaction. */
  id: string;
  pocketId: string;
  ownerId: string;
  /** Whose doing it was. */
  memberId: string;
  /** Counts the pocket's entries from 1. */
  seq: number;
  kind:
    | 'opening'
    | 'contribution'
    | 'pocket_withdrawal'
    | 'pocket_transfer'
    | 'sweep'
    | 'payout'
    | 'reversal'
    | 'adjustment'
    | 'refund';
  source: 'person' | 'rule' | 'cover' | 'staff' | 'seed';
  /** The rule that made it, and the bank transaction that started the rule or is covered; missing in answers that were kept before there were any. */
  ruleId?: string | null;
  transactionId?: string | null;
  note: string | null;
  currency: string;
  amountMinor: number;
  balanceAfterMinor: number;
  createdAt: string;
  reversesId: string | null;
  reversedById: string | null;
  otherPocketId: string | null;
}

/** A bank transaction that is paid for out of a pocket. */
export interface CoverFacts {
  transactionId: string;
  pocketId: string;
  amountMinor: number;
  currency: string;
  /** Null while the others are asked. */
  movement: MovementFacts | null;
  approvalId: string | null;
  refundId: string | null;
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
  /** The day on which the bank counts it; missing in answers that were kept before it was told. */
  valueDate?: string | null;
}
