import type { Connection } from '#prisma/flagship';
import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import { isRefusal } from '../provider/provider.ts';
import { changeConnection, lockConnection, requestSync } from '../services/connection-changes.ts';
import { keepAccounts } from '../services/keep-accounts.ts';
import { keepTransactions } from '../services/keep-transactions.ts';
import { refreshConsent } from './refresh-consent.ts';
import { withConsentToken } from './with-consent-token.ts';

const leaseMs = 60_000;
const retryMs = 5_000;
const maxPages = 200;

/** Brings accounts, balances and transactions of one connection up to date. One sync of a connection at a time. */
export async function syncConnection(ctx: Context, { connectionId }: { connectionId: string }): Promise<void> {
  const connection = await takeLease(ctx, connectionId);
  if (!connection) return;
  try {
    await sync(ctx, connection);
    await endLease(ctx, connection, { lastSuccessAt: ctx.clock.now() });
  } catch (error) {
    await endLease(ctx, connection);
    const needsPerson = isRefusal(error, 'consent_reauth_required', 'consent_inactive', 'invalid_grant');
    if (!needsPerson) throw error;
    await refreshConsent(ctx, connection.providerConsentId);
    // The consent lives but its refresh token does not: only a new sign-in helps.
    if (error.code === 'invalid_grant') {
      await inTransaction(ctx.db, (tx) => changeConnection(ctx, tx, connectionId, { status: 'reauth_required' }));
    }
  }
}

async function sync(ctx: Context, connection: Connection): Promise<void> {
  if (connection.institutionName === null) await refreshConsent(ctx, connection.providerConsentId);
  const told = await withConsentToken(ctx, connection, async (token) => {
    const [accounts, balances] = await Promise.all([
      ctx.provider.listAccounts(token),
      ctx.provider.listBalances(token),
    ]);
    return { accounts, balances };
  });
  const isLive = await inTransaction(ctx.db, async (tx) => {
    // Ended, or its person erased, while the bank was asked: nothing is kept.
    if ((await lockConnection(tx, connection.id))?.status !== 'active') return false;
    await keepAccounts(ctx, tx, connection, told);
    await changeConnection(ctx, tx, connection.id, {});
    return true;
  });
  if (!isLive) return;

  let cursor = connection.syncCursor;
  for (let page = 0; page < maxPages; page += 1) {
    const from = cursor;
    const changes = await withConsentToken(ctx, connection, (token) => ctx.provider.syncTransactions(token, from));
    const isKept = await inTransaction(ctx.db, (tx) => keepTransactions(ctx, tx, connection, { from, changes }));
    if (!isKept || !changes.hasMore) return;
    cursor = changes.nextCursor;
  }
}

/**
 * Single flight without holding a connection or a transaction over the provider's calls: a lease in the row, which ends
 * by itself when its holder was killed. Undefined when the connection is not active or another sync is at work; then
 * this one comes again after it, since it may have been asked for because of newer news.
 */
async function takeLease(ctx: Context, id: string): Promise<Connection | undefined> {
  const now = ctx.clock.now();
  const [held] = await ctx.db.connection.updateManyAndReturn({
    where: { id, status: 'active', OR: [{ syncLeaseUntil: null }, { syncLeaseUntil: { lt: now } }] },
    data: { syncLeaseUntil: new Date(now.getTime() + leaseMs), lastAttemptAt: now },
  });
  if (held) return held;
  const isBusy = (await ctx.db.connection.count({ where: { id, status: 'active' } })) > 0;
  if (isBusy) await requestSync(ctx, ctx.db, id, new Date(now.getTime() + retryMs));
  return undefined;
}

/** Gives the lease back, unless it ran out and another sync holds one of its own. */
async function endLease(
  { db }: Context,
  { id, syncLeaseUntil }: Connection,
  changes: { lastSuccessAt?: Date } = {},
): Promise<void> {
  await db.connection.updateMany({ where: { id, syncLeaseUntil }, data: { ...changes, syncLeaseUntil: null } });
}
