import type { Connection } from '#prisma/flagship';
import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import { isRefusal, ProviderError } from '../provider/provider.ts';
import type { TransactionChanges } from '../provider/provider.ts';
import { changeConnection, lockConnection } from '../services/connection-changes.ts';
import { keepAccounts } from '../services/keep-accounts.ts';
import { keepTransactions, namesUnknownAccount, restartPages } from '../services/keep-transactions.ts';
import { countRead } from './read-limits.ts';
import type { ReadScope } from './read-limits.ts';
import { refreshConsent } from './refresh-consent.ts';
import { withConsentToken } from './with-consent-token.ts';

const maxPages = 200;
const maxRestarts = 5;

/** Who the reading is for, and how often a day it may be done. */
interface Terms {
  personPresent: boolean;
  /** Null where nobody counts. */
  perDay: number | null;
}

/** Reads a connection's accounts, balances and transactions, and keeps each part as it comes. */
export async function readBank(ctx: Context, connection: Connection, terms: Terms): Promise<void> {
  if (connection.institutionName === null) await refreshConsent(ctx, connection.providerConsentId);
  if (await readAccounts(ctx, connection, terms)) await readTransactions(ctx, connection, terms);
}

/**
 * Accounts and balances; whether there may be transactions to read. A bank that tells no account any more, without the consent
 * having ended, is at fault: it is asked again, and what is known stays.
 */
async function readAccounts(ctx: Context, connection: Connection, terms: Terms): Promise<boolean> {
  const hadOpenAccounts = await countOpenAccounts(ctx, connection.id);
  const accounts = await read(ctx, connection, { ...terms, scope: 'accounts' }, (token) =>
    ctx.provider.listAccounts(token, terms),
  );
  if (accounts.length === 0 && hadOpenAccounts > 0) throw new ProviderError('unanswered', 'accounts_missing');
  const isAllClosed =
    hadOpenAccounts === 0 && accounts.length > 0 && accounts.every(({ status }) => status === 'closed');
  const balances = isAllClosed
    ? []
    : await read(ctx, connection, { ...terms, scope: 'balances' }, (token) => ctx.provider.listBalances(token, terms));
  return inTransaction(ctx.db, async (tx) => {
    // Ended, or its person erased, while the bank was asked: nothing is kept.
    if ((await lockConnection(tx, connection.id))?.status !== 'active') return false;
    await keepAccounts(ctx, tx, connection, { accounts, balances });
    await changeConnection(ctx, tx, connection.id, {});
    return !isAllClosed;
  });
}

/**
 * Page by page from the stored cursor. When the bank changes what it has told meanwhile, from where the pages began. An account
 * may come up after the accounts were read: before a page that names it is kept, they are read once more.
 */
async function readTransactions(ctx: Context, connection: Connection, terms: Terms): Promise<void> {
  let cursor = connection.syncCursor;
  let restarts = 0;
  // Where the only read of the day is done, what it told stands.
  let looksAgain = terms.perDay === null || terms.perDay > 1;
  for (let page = 0; page < maxPages; page += 1) {
    const from = cursor;
    const changes = await readPage(ctx, connection, from, terms).catch((error: unknown) => {
      if (!isRefusal(error, 'transactions_mutated') || restarts === maxRestarts) throw error;
      return undefined;
    });
    if (changes) {
      if (looksAgain && (await namesUnknownAccount(ctx.db, connection.id, changes))) {
        looksAgain = false;
        if (!(await readAccounts(ctx, connection, terms))) return;
      }
      const isKept = await inTransaction(ctx.db, (tx) => keepTransactions(ctx, tx, connection, { from, changes }));
      if (!isKept || !changes.hasMore) return;
      cursor = changes.nextCursor;
    } else {
      restarts += 1;
      cursor = await inTransaction(ctx.db, (tx) => restartPages(ctx, tx, connection.id));
    }
  }
}

function readPage(
  ctx: Context,
  connection: Connection,
  from: string | null,
  terms: Terms,
): Promise<TransactionChanges> {
  return read(ctx, connection, { ...terms, scope: 'transactions' }, (token) =>
    ctx.provider.syncTransactions(token, from, terms),
  );
}

/** One call, counted first. A call reads all accounts of the consent, so it counts once for each of them. */
async function read<T>(
  ctx: Context,
  connection: Connection,
  { perDay, scope }: Terms & { scope: ReadScope },
  call: (token: string) => Promise<T>,
): Promise<T> {
  if (perDay !== null) await countRead(ctx, { connectionId: connection.id, scope, perDay });
  return withConsentToken(ctx, connection, call);
}

function countOpenAccounts({ db }: Pick<Context, 'db'>, connectionId: string): Promise<number> {
  return db.account.count({ where: { connectionId, status: 'open' } });
}
