/** What the sandbox remembers. Times are epoch milliseconds of the sandbox's clock unless `real` is said. */
import type { components } from '#openapi/flagship-provider';

type Schemas = components['schemas'];
export type Event = Schemas['Event'];

/** What a person is asked to decide; `request` stands in `authorizeUrl`, and is all that opens the consent page. */
export interface AuthorisationRecord {
  request: string;
  redirectUri: string;
  state: string;
  codeChallenge: string;
}

export interface ConsentRecord extends AuthorisationRecord {
  id: string;
  status: Schemas['ConsentStatus'];
  userReference: string;
  institutionId: string | null;
  accountIds: string[];
  expiresAt: number | null;
  /** Waits for the person, while the consent stays as it is. */
  renewal: AuthorisationRecord | null;
  /** Until when the bank answers no read of it. */
  limitedUntil: number;
  /** The next sync comes in small pages, and once the second of them tells that the first no longer holds. */
  mutates: boolean;
  /** Where the page before ended, while there was more. */
  midCursor: string | null;
}

export interface CodeRecord {
  consentId: string;
  redirectUri: string;
  codeChallenge: string;
  expiresAt: number;
  used: boolean;
}

export interface TokenRecord {
  kind: 'client' | 'access' | 'refresh';
  /** Null for a client token. */
  consentId: string | null;
  expiresAt: number;
}

export interface AccountRecord {
  id: string;
  institutionId: string;
  name: string;
  mask: string;
  kind: Schemas['ProviderAccount']['kind'];
  currency: string;
  status: 'open' | 'closed';
  bookedMinor: number;
  /** Banks do not always tell what can be spent. */
  tellsAvailable: boolean;
  hidesBooked: boolean;
  /** How many transactions it ever had; the next one's id is made from it. */
  transactions: number;
}

export interface TransactionRecord {
  id: string;
  accountId: string;
  amountMinor: number;
  description: string;
  bookedOn: string;
  pending: boolean;
  pendingId: string | null;
  removed: boolean;
}

/** One line of the log that cursors point into. */
export interface ChangeRecord {
  sequence: number;
  accountId: string;
  transactionId: string;
  kind: 'added' | 'modified' | 'removed';
}

export interface TransferRecord {
  id: string;
  accountId: string;
  direction: 'debit' | 'credit';
  amountMinor: number;
  currency: string;
  status: Schemas['ProviderTransferStatus'];
  reason: string | null;
  createdAt: number;
  settledAt: number | null;
  returnedAt: number | null;
  /** The hold on the account while a debit is in flight. */
  holdId: string | null;
  /** When the next step is due; null when it is final. */
  nextAt: number | null;
  /** How often the client asked to make it. */
  createCalls: number;
}

export interface EventRecord {
  sequence: number;
  event: Event;
  delivered: boolean;
  attempts: number;
  /** Real time. */
  nextAttemptAt: number;
}

/** A payment that comes again and again: a standing order, or a salary. */
export interface StandingOrderRecord {
  id: string;
  accountId: string;
  amountMinor: number;
  description: string;
  every: 'week' | 'month';
  nextAt: number;
}

export interface WebhookKeyRecord {
  id: string;
  secret: string;
  createdAt: number;
  /** From the configuration, and to go when it leaves it. */
  isConfigured: boolean;
  isRetired: boolean;
}

export interface SettingRecord {
  clockOffsetMs: number;
}

export interface Records {
  setting: SettingRecord;
  consent: ConsentRecord;
  code: CodeRecord;
  token: TokenRecord;
  account: AccountRecord;
  transaction: TransactionRecord;
  change: ChangeRecord;
  transfer: TransferRecord;
  event: EventRecord;
  standingOrder: StandingOrderRecord;
  webhookKey: WebhookKeyRecord;
}
