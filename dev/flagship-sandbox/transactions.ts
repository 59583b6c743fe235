import { Problem } from '#platform/problem';
import { stableId } from './random.ts';
import type { AccountRecord, ChangeRecord, ConsentRecord, TransactionRecord } from './records.ts';
import type { Sandbox } from './sandbox.ts';
import { isoDate, isoTime } from './sandbox-clock.ts';

type Bank = Pick<Sandbox, 'store' | 'clock' | 'config'>;

interface NewTransaction {
  amountMinor: number;
  description: string;
  bookedOn?: string;
  pending?: boolean;
  pendingId?: string | null;
  /** Whether it changes the booked balance; the history of a new account does not. */
  moves?: boolean;
}

export function addTransaction(
  { store, clock, config }: Bank,
  accountId: string,
  transaction: NewTransaction,
): TransactionRecord {
  const {
    amountMinor,
    description,
    bookedOn = isoDate(clock.now()),
    pending = false,
    pendingId = null,
    moves = true,
  } = transaction;
  const account = requireAccount(store, accountId);
  const id = stableId('txn', config.seed, accountId, String(account.transactions));
  const record = store.put('transaction', id, {
    id,
    accountId,
    amountMinor,
    description,
    bookedOn,
    pending,
    pendingId,
    removed: false,
  });
  const movesMinor = moves && !pending ? amountMinor : 0;
  store.put('account', accountId, {
    ...account,
    transactions: account.transactions + 1,
    bookedMinor: account.bookedMinor + movesMinor,
  });
  recordChange(store, record, 'added');
  return record;
}

/** Takes a transaction back: a pending one that was never booked, or a booked one that the bank made in error. */
export function removeTransaction({ store }: Pick<Bank, 'store'>, transactionId: string): void {
  const transaction = store.get('transaction', transactionId);
  if (!transaction || transaction.removed) return;
  recordChange(store, store.put('transaction', transactionId, { ...transaction, removed: true }), 'removed');
  if (transaction.pending) return;
  const account = requireAccount(store, transaction.accountId);
  store.put('account', account.id, { ...account, bookedMinor: account.bookedMinor - transaction.amountMinor });
}

/** The bank tells more of a transaction, such as the merchant's proper name. */
export function correctTransaction(
  { store }: Pick<Bank, 'store'>,
  transaction: TransactionRecord,
  description: string,
): TransactionRecord {
  const corrected = store.put('transaction', transaction.id, { ...transaction, description });
  recordChange(store, corrected, 'modified');
  return corrected;
}

/** Books a pending transaction: it goes away under its old id and comes back under a new one, as banks do it. */
export function bookPending(bank: Bank, transactionId: string): void {
  const transaction = bank.store.get('transaction', transactionId);
  if (!transaction?.pending || transaction.removed) return;
  removeTransaction(bank, transactionId);
  const { accountId, amountMinor, description } = transaction;
  addTransaction(bank, accountId, { amountMinor, description, pendingId: transactionId });
}

export function pendingOf(bank: Pick<Bank, 'store'>, accountId: string): TransactionRecord[] {
  return transactionsOf(bank, accountId).filter(({ pending }) => pending);
}

/** Those that the bank has not taken back, in the order in which it told them. */
export function transactionsOf({ store }: Pick<Bank, 'store'>, accountId: string): TransactionRecord[] {
  return store.list('transaction').filter((row) => row.accountId === accountId && !row.removed);
}

/** What can be spent: booked, less what is held. */
export function availableMinor(bank: Bank, account: AccountRecord): number {
  return pendingOf(bank, account.id).reduce(
    (sum, { amountMinor }) => sum + Math.min(0, amountMinor),
    account.bookedMinor,
  );
}

export function balancesOf(bank: Bank, consent: ConsentRecord) {
  const asOf = isoTime(bank.clock.now());
  return consent.accountIds.flatMap((accountId) => {
    const account = bank.store.get('account', accountId);
    if (!account || account.status === 'closed') return [];
    const booked = {
      accountId,
      type: 'booked' as const,
      amount: { amountMinor: account.bookedMinor, currency: account.currency },
      asOf,
    };
    const amount = { amountMinor: availableMinor(bank, account), currency: account.currency };
    const available = { accountId, type: 'available' as const, amount, asOf };
    return [...(account.hidesBooked ? [] : [booked]), ...(account.tellsAvailable ? [available] : [])];
  });
}

export function readCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (!/^c\d{1,15}$/.test(cursor)) throw new Problem('invalid_cursor');
  return Number(cursor.slice(1));
}

function recordChange(store: Bank['store'], { id, accountId }: TransactionRecord, kind: ChangeRecord['kind']): void {
  const sequence = store.count('change') + 1;
  store.put('change', String(sequence), { sequence, accountId, transactionId: id, kind });
}

export function requireAccount(store: Bank['store'], accountId: string): AccountRecord {
  const account = store.get('account', accountId);
  if (!account) throw new Problem('not_found', 'There is no such account.');
  return account;
}
