/** The port: what CLYNC asks of any provider of bank data and transfers. An adapter is chosen by configuration. */
export interface Provider {
  createConsent(consent: NewConsent): Promise<{ consentId: string; authorizeUrl: string }>;
  getConsent(consentId: string): Promise<ProviderConsent>;
  /** Ending what has ended, or was never there, is no error. */
  revokeConsent(consentId: string): Promise<void>;
  exchangeCode(code: string, verifier: string): Promise<Tokens>;
  refreshTokens(refreshToken: string): Promise<Tokens>;
  listAccounts(accessToken: string): Promise<ProviderAccount[]>;
  listBalances(accessToken: string): Promise<ProviderBalance[]>;
  syncTransactions(accessToken: string, cursor: string | null): Promise<TransactionChanges>;
  /** One call, never repeated here. The id is the idempotency key; nothing is recorded after `notAfter`. */
  createTransfer(transfer: NewTransfer): Promise<ProviderTransferState>;
  /** Null when the provider has no such transfer. */
  findTransfer(transferId: string): Promise<ProviderTransferState | null>;
  listEvents(after: string | null): Promise<EventPage>;
  close(): Promise<void> | void;
}

export interface NewConsent {
  userReference: string;
  institutionId: string | undefined;
  state: string;
  codeChallenge: string;
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

export type ProviderEvent = { id: string } & (
  | { type: 'transfer.updated'; data: { transferId: string; status: ProviderTransferStatus; reason: string | null } }
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
 * `refused`: the provider said no, for `code`.
 */
export class ProviderError extends Error {
  readonly kind: 'not_sent' | 'unanswered' | 'refused';
  readonly code: string;
  readonly reason: string | undefined;

  constructor(kind: ProviderError['kind'], code: string, { reason, cause }: { reason?: string; cause?: unknown } = {}) {
    super(`the provider call was ${kind}: ${code}`, { cause });
    this.name = 'ProviderError';
    this.kind = kind;
    this.code = code;
    this.reason = reason;
  }
}

export function isRefusal(error: unknown, ...codes: string[]): error is ProviderError {
  return (
    error instanceof ProviderError && error.kind === 'refused' && (codes.length === 0 || codes.includes(error.code))
  );
}
