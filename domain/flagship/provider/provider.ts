/** The port: what CLYNC asks of any provider of bank data and transfers. An adapter is chosen by configuration. */
export interface Provider {
  /** What the provider offers; a call of what it does not is refused with `capability_unavailable`. */
  getCapabilities(): Promise<ProviderCapabilities>;
  listInstitutions(): Promise<ProviderInstitution[]>;
  createConsent(consent: NewConsent): Promise<{ consentId: string; authorizeUrl: string }>;
  getConsent(consentId: string): Promise<ProviderConsent>;
  /**
   * A new authorisation of the same consent, which stays as it is until the person agrees. The code of the answer is
   * exchanged as the first one was. Refused as `consent_not_renewable` when it was revoked or never given.
   */
  renewConsent(consentId: string, authorisation: NewAuthorisation): Promise<{ authorizeUrl: string }>;
  /** Ending what has ended, or was never there, is no error. */
  revokeConsent(consentId: string): Promise<void>;
  exchangeCode(code: string, verifier: string): Promise<Tokens>;
  refreshTokens(refreshToken: string): Promise<Tokens>;
  listAccounts(accessToken: string, presence?: Presence): Promise<ProviderAccount[]>;
  listBalances(accessToken: string, presence?: Presence): Promise<ProviderBalance[]>;
  /** Refused as `transactions_mutated` when earlier pages no longer hold: start again from the first page's cursor. */
  syncTransactions(accessToken: string, cursor: string | null, presence?: Presence): Promise<TransactionChanges>;
  /** One call, never repeated here. The id is the idempotency key; nothing is recorded after `notAfter`. */
  createTransfer(transfer: NewTransfer): Promise<ProviderTransfer>;
  /** Null when the provider has no such transfer. */
  findTransfer(transferId: string): Promise<ProviderTransfer | null>;
  /** The cancelled transfer. Refused as `transfer_not_cancellable` when the bank has begun, as `not_found` when unknown. */
  cancelTransfer(transferId: string): Promise<ProviderTransfer>;
  /** Those that count, or whose return counts, on the days from `from` to `to` (ISO dates, both included). */
  listTransfers(days: ValueDates): Promise<TransferPage>;
  listEvents(after: string | null): Promise<EventPage>;
  close(): Promise<void> | void;
}

export interface ProviderCapabilities {
  transfers: boolean;
  transferCancellation: boolean;
  transferList: boolean;
  consentRenewal: boolean;
  webhookKeys: boolean;
  /** How often an account is read in a day (UTC) without the person, for each operation; null where nobody counts. */
  unattendedReadsPerDay: number | null;
}
export interface ProviderInstitution {
  id: string;
  name: string;
  /** ISO 3166. */
  country: string;
}

export interface NewAuthorisation {
  state: string;
  codeChallenge: string;
}
export interface NewConsent extends NewAuthorisation {
  userReference: string;
  institutionId: string | undefined;
}
export interface ProviderConsent {
  status: ConsentStatus;
  institution: { id: string; name: string } | null;
  expiresAt: Date | null;
}
export type ConsentStatus =
  | 'awaiting_authorisation'
  | 'active'
  | 'reauth_required'
  | 'revoked_at_provider'
  | 'revoked_by_user'
  | 'expired'
  | 'rejected';

export interface Tokens {
  accessToken: string;
  expiresInSeconds: number;
  /** Undefined when the one at hand stays good. */
  refreshToken: string | undefined;
}

/** Whether the person asks for it now; reads without them may be counted by the bank. */
export interface Presence {
  personPresent: boolean;
}
export interface ProviderAccount {
  id: string;
  name: string;
  mask: string;
  kind: 'current' | 'savings' | 'card' | 'loan' | 'other';
  currency: string;
  status: 'open' | 'closed';
}
export interface ProviderBalance {
  accountId: string;
  type: 'booked' | 'available';
  amountMinor: number;
  asOf: Date;
}
export interface ProviderTransaction {
  id: string;
  accountId: string;
  amountMinor: number;
  description: string;
  bookedOn: string;
  pending: boolean;
  pendingId: string | null;
}
export interface TransactionChanges {
  changed: ProviderTransaction[];
  removed: { id: string; accountId: string }[];
  nextCursor: string;
  hasMore: boolean;
}

export interface NewTransfer {
  id: string;
  providerAccountId: string;
  direction: 'deposit' | 'withdrawal';
  amountMinor: number;
  currency: string;
  notAfter: Date;
}
export type ProviderTransferStatus = 'submitted' | 'processing' | 'settled' | 'failed' | 'cancelled' | 'returned';
export interface ProviderTransferState {
  status: ProviderTransferStatus;
  reason: string | null;
}
export interface ProviderTransfer extends ProviderTransferState {
  id: string;
  providerAccountId: string;
  direction: 'deposit' | 'withdrawal';
  amountMinor: number;
  currency: string;
  createdAt: Date;
  settledAt: Date | null;
  /** From when the sum may be used by who got it. */
  availableAt: Date | null;
  /** The ISO dates on which the bank counts it, and its return. */
  valueDate: string | null;
  returnedAt: Date | null;
  returnValueDate: string | null;
}
export interface ValueDates {
  from: string;
  to: string;
  cursor: string | null;
}
export interface TransferPage {
  transfers: ProviderTransfer[];
  /** Null on the last page. */
  nextCursor: string | null;
}

/** As it was told; times are RFC 3339. A kept event of an older release lacks them. */
export type TransferNews = {
  transferId: string;
  status: ProviderTransferStatus;
  reason: string | null;
  settledAt?: string | null;
  valueDate?: string | null;
  returnedAt?: string | null;
  returnValueDate?: string | null;
};
export type ProviderEvent = { id: string } & (
  | { type: 'transfer.updated'; data: TransferNews }
  | { type: 'transactions.available'; data: { consentId: string } }
  | { type: 'consent.updated'; data: { consentId: string; status: ConsentStatus } }
);
export interface EventPage {
  events: ProviderEvent[];
  nextCursor: string | null;
  hasMore: boolean;
}

/**
 * Why a call to the provider failed. `not_sent`: it had no effect for sure. `unanswered`: it may have had its effect.
 * `refused`: the provider said no, for `code`, and did nothing; `rate_limited` says when to come back.
 */
export class ProviderError extends Error {
  readonly kind: 'not_sent' | 'unanswered' | 'refused';
  readonly code: string;
  readonly reason: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    kind: ProviderError['kind'],
    code: string,
    { reason, retryAfterSeconds, cause }: { reason?: string; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(`the provider call was ${kind}: ${code}`, { cause });
    this.name = 'ProviderError';
    this.kind = kind;
    this.code = code;
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export function isRefusal(error: unknown, ...codes: string[]): error is ProviderError {
  return (
    error instanceof ProviderError && error.kind === 'refused' && (codes.length === 0 || codes.includes(error.code))
  );
}
