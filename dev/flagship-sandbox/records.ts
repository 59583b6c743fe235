/** What the sandbox remembers. Times are epoch milliseconds of the sandbox's clock unless `real` is said. */
import type { components } from '#openapi/flagship-provider';

type Schemas = components['schemas'];
export type Event = Schemas['Event'];

export interface ConsentRecord {
  id: string;
  status: Schemas['ConsentStatus'];
  userReference: string;
  institutionId: string | null;
  /** Stands in `authorizeUrl`, and is all that opens the consent page. */
  request: string;
  redirectUri: string;
  state: string;
  codeChallenge: string;
  accountIds: string[];
  expiresAt: number | null;
}

export interface CodeRecord {
  consentId: string;
  redirectUri: string;
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
}
