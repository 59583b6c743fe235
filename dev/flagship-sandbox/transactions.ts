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

/** Takes back a transaction that was never booked. */
function removePending({ store }: Bank, transactionId: string): void {
  const transaction = store.get('transaction', transactionId);
  if (!transaction?.pending || transaction.removed) return;
  recordChange(store, store.put('transaction', transactionId, { ...transaction, removed: true }), 'removed');
}

/** Books a pending transaction: it goes away under its old id and comes back under a new one, as banks do it. */
export function bookPending(bank: Bank, transactionId: string): void {
  const transaction = bank.store.get('transaction', transactionId);
  if (!transaction?.pending || transaction.removed) return;
  removePending(bank, transactionId);
  const { accountId, amountMinor, description } = transaction;
  addTransaction(bank, accountId, { amountMinor, description, pendingId: transactionId });
}

export function pendingOf({ store }: Bank, accountId: string): TransactionRecord[] {
  return store.list('transaction').filter((row) => row.accountId === accountId && row.pending && !row.removed);
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
    if (!account) return [];
    const booked = {
      accountId,
      type: 'booked' as const,
      amount: { amountMinor: account.bookedMinor, currency: account.currency },
      asOf,
    };
    if (!account.tellsAvailable) return [booked];
    const amount = { amountMinor: availableMinor(bank, account), currency: account.currency };
    return [booked, { accountId, type: 'available' as const, amount, asOf }];
  });
}

/** One page of the changes behind a cursor (a place in the log of all changes). */
export function changesOf({ store }: Bank, consent: ConsentRecord, cursor: string | undefined, limit: number) {
  const after = readCursor(cursor);
  const all = store
    .list('change')
    .filter(({ sequence, accountId }) => sequence > after && consent.accountIds.includes(accountId));
  const page = all.slice(0, limit);
  const of = (kind: ChangeRecord['kind']) => page.filter((change) => change.kind === kind);
  return {
    added: of('added').flatMap((change) => presentTransaction({ store }, change.transactionId)),
    modified: of('modified').flatMap((change) => presentTransaction({ store }, change.transactionId)),
    removed: of('removed').map(({ transactionId, accountId }) => ({ id: transactionId, accountId })),
    nextCursor: `c${String(page.at(-1)?.sequence ?? after)}`,
    hasMore: all.length > page.length,
  };
}

function presentTransaction({ store }: Pick<Bank, 'store'>, id: string) {
  const transaction = store.get('transaction', id);
  const currency = transaction && store.get('account', transaction.accountId)?.currency;
  if (!transaction || currency === undefined) return [];
  const { accountId, amountMinor, description, bookedOn, pending, pendingId } = transaction;
  return [{ id, accountId, amount: { amountMinor, currency }, description, bookedOn, pending, pendingId }];
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
