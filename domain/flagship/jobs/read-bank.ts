import type { Connection } from '#prisma/flagship';
import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import { isRefusal } from '../provider/provider.ts';
import type { TransactionChanges } from '../provider/provider.ts';
import { changeConnection, lockConnection } from '../services/connection-changes.ts';
import { keepAccounts } from '../services/keep-accounts.ts';
import { keepTransactions, restartPages } from '../services/keep-transactions.ts';
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
  const hadOpenAccounts = await countOpenAccounts(ctx, connection.id);
  const accounts = await read(ctx, connection, { ...terms, scope: 'accounts' }, (token) =>
    ctx.provider.listAccounts(token, terms),
  );
  const isAllClosed =
    hadOpenAccounts === 0 && accounts.length > 0 && accounts.every(({ status }) => status === 'closed');
  const balances = isAllClosed
    ? []
    : await read(ctx, connection, { ...terms, scope: 'balances' }, (token) => ctx.provider.listBalances(token, terms));
  const isLive = await inTransaction(ctx.db, async (tx) => {
    // Ended, or its person erased, while the bank was asked: nothing is kept.
    if ((await lockConnection(tx, connection.id))?.status !== 'active') return false;
    await keepAccounts(ctx, tx, connection, { accounts, balances });
    await changeConnection(ctx, tx, connection.id, {});
    return true;
  });
  if (isLive && !isAllClosed) await readTransactions(ctx, connection, terms);
}

/** Page by page from the stored cursor. When the bank changes what it has told meanwhile, from where the pages began. */
async function readTransactions(ctx: Context, connection: Connection, terms: Terms): Promise<void> {
  let cursor = connection.syncCursor;
  let restarts = 0;
  for (let page = 0; page < maxPages; page += 1) {
    const from = cursor;
    const changes = await readPage(ctx, connection, from, terms).catch((error: unknown) => {
      if (!isRefusal(error, 'transactions_mutated') || restarts === maxRestarts) throw error;
      return undefined;
    });
    if (changes) {
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
