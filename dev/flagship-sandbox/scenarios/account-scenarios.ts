import { Problem } from '#platform/problem';
import type { AccountRecord, TransactionRecord } from '../records.ts';
import type { Sandbox } from '../sandbox.ts';
import {
  addTransaction,
  bookPending,
  correctTransaction,
  pendingOf,
  removeTransaction,
  requireAccount,
  transactionsOf,
} from '../transactions.ts';
import { tellTransactions } from '../transfers.ts';
import type { Scenario } from './scenario.ts';

export const accountScenarios: Record<string, Scenario> = {
  close_account: {
    on: 'account',
    about: 'The account is closed: it stays in the list, without balances and news.',
    run: (sandbox, id) => change(sandbox, id, { status: 'closed' }),
  },
  empty_account: {
    on: 'account',
    about: 'Nothing is left in the account, so that the next debit fails for want of money.',
    run: (sandbox, id) => change(sandbox, id, { bookedMinor: 0 }),
  },
  available_unknown: {
    on: 'account',
    about: 'The bank stops telling what can be spent.',
    run: (sandbox, id) => change(sandbox, id, { tellsAvailable: false }),
  },
  balance_unknown: {
    on: 'account',
    about: 'The bank stops telling any balance of the account.',
    run: (sandbox, id) => change(sandbox, id, { tellsAvailable: false, hidesBooked: true }),
  },
  become_card: {
    on: 'account',
    about: 'The account is a credit card from now on.',
    run: (sandbox, id) => change(sandbox, id, { kind: 'card' }),
  },
  add_pending: {
    on: 'account',
    about: 'A card payment of 12.34 waits to be booked.',
    run: (sandbox, id) => {
      const wanted = { amountMinor: -1_234, description: 'CORNER BAKERY', pending: true };
      return tell(sandbox, addTransaction(sandbox, requireAccount(sandbox.store, id).id, wanted));
    },
  },
  book_pending: {
    on: 'account',
    about: 'Everything pending is booked: it goes away under its old id and comes back under a new one.',
    run: (sandbox, id) => {
      const pending = pendingOf(sandbox, requireAccount(sandbox.store, id).id);
      for (const { id: transactionId } of pending) bookPending(sandbox, transactionId);
      tellTransactions(sandbox, id);
      return { booked: pending.length };
    },
  },
  remove_pending: {
    on: 'account',
    about: 'Everything pending falls away and is never booked.',
    run: (sandbox, id) => {
      const pending = pendingOf(sandbox, requireAccount(sandbox.store, id).id);
      for (const { id: transactionId } of pending) removeTransaction(sandbox, transactionId);
      tellTransactions(sandbox, id);
      return { removed: pending.length };
    },
  },
  reissue_ids: {
    on: 'account',
    about: 'The last three booked transactions are told again under new ids; the old ones are not taken back.',
    run: (sandbox, id) => {
      const booked = transactionsOf(sandbox, requireAccount(sandbox.store, id).id).filter(({ pending }) => !pending);
      const again = booked.slice(-3).map(({ amountMinor, description, bookedOn }) =>
        // The bank moved no money twice: it only gave what was there another name.
        addTransaction(sandbox, id, { amountMinor, description, bookedOn, moves: false }),
      );
      tellTransactions(sandbox, id);
      return { again: again.map((row) => row.id), earlier: booked.slice(-3).map((row) => row.id) };
    },
  },
  equal_payments: {
    on: 'account',
    about: 'Two payments of the same day, sum and text, both of them real.',
    run: (sandbox, id) => {
      const wanted = { amountMinor: -450, description: 'CITY TRANSIT' };
      const accountId = requireAccount(sandbox.store, id).id;
      const both = [addTransaction(sandbox, accountId, wanted), addTransaction(sandbox, accountId, wanted)];
      tellTransactions(sandbox, id);
      return { ids: both.map((row) => row.id) };
    },
  },
};

export const transactionScenarios: Record<string, Scenario> = {
  remove_transaction: {
    on: 'transaction',
    about: 'The bank takes the transaction back as an error of its own.',
    run: (sandbox, id) => {
      const transaction = requireTransaction(sandbox, id);
      removeTransaction(sandbox, id);
      return tell(sandbox, { ...transaction, removed: true });
    },
  },
  correct_transaction: {
    on: 'transaction',
    about: "The bank tells the merchant's proper name.",
    run: (sandbox, id) => {
      const transaction = requireTransaction(sandbox, id);
      return tell(sandbox, correctTransaction(sandbox, transaction, `${transaction.description} (CORRECTED)`));
    },
  },
};

function change(sandbox: Sandbox, id: string, facts: Partial<AccountRecord>): object {
  sandbox.store.put('account', id, { ...requireAccount(sandbox.store, id), ...facts });
  tellTransactions(sandbox, id);
  return { id, ...facts };
}

function tell(sandbox: Sandbox, transaction: TransactionRecord): TransactionRecord {
  tellTransactions(sandbox, transaction.accountId);
  return transaction;
}

function requireTransaction({ store }: Sandbox, id: string): TransactionRecord {
  const transaction = store.get('transaction', id);
  if (!transaction || transaction.removed) throw new Problem('not_found', 'There is no such transaction.');
  return transaction;
}
