import type { Connection } from '#prisma/flagship';
import { inTransaction } from '#platform/database';
import type { JobContext } from '../context.ts';
import { isRefusal } from '../provider/provider.ts';
import { changeConnection, requestSync } from '../services/connection-changes.ts';
import { isPersonPresent, ReadsSpent, restBetween } from './read-limits.ts';
import { readBank } from './read-bank.ts';
import { refreshConsent } from './refresh-consent.ts';
import { endLease, takeLease } from './sync-lease.ts';

export type SyncContext = Omit<JobContext, 'financial' | 'social'>;

/** Brings accounts, balances and transactions of one connection up to date. One sync of a connection at a time. */
export async function syncConnection(ctx: SyncContext, { connectionId }: { connectionId: string }): Promise<void> {
  const connection = await takeLease(ctx, connectionId);
  if (!connection) return;
  try {
    const personPresent = isPersonPresent(connection, ctx.clock.now());
    const perDay = personPresent ? null : await ctx.readsPerDay();
    await readBank(ctx, connection, { personPresent, perDay });
    await succeed(ctx, connection, perDay);
  } catch (error) {
    if (error instanceof ReadsSpent) {
      await endLease(ctx, connection, { rateLimitedUntil: error.until, restUntil: error.until });
    } else if (isRefusal(error, 'rate_limited')) {
      await waitUntilAllowed(ctx, connection, error.retryAfterSeconds ?? 60);
    } else {
      await endLease(ctx, connection);
      await handOver(ctx, connection, error);
    }
  }
}

async function succeed(ctx: SyncContext, connection: Connection, perDay: number | null): Promise<void> {
  const now = ctx.clock.now();
  const restUntil = perDay === null ? null : new Date(now.getTime() + restBetween(perDay, ctx.syncEveryMs));
  // What the person has had read gives back no read of the day.
  const isSpent = connection.rateLimitedUntil !== null && connection.rateLimitedUntil > now;
  await endLease(ctx, connection, {
    lastSuccessAt: now,
    ...(!isSpent && { rateLimitedUntil: null }),
    ...(restUntil && { restUntil }),
  });
  // Who asked while it was at work is answered by the next one.
  await ctx.db.connection.updateMany({
    where: { id: connection.id, askedAt: connection.askedAt },
    data: { askedAt: null },
  });
}

/** The provider has said how long, to us all: the person waits too. */
async function waitUntilAllowed(ctx: SyncContext, connection: Connection, seconds: number): Promise<void> {
  const until = new Date(ctx.clock.now().getTime() + seconds * 1000);
  await endLease(ctx, connection, { rateLimitedUntil: until });
  await requestSync(ctx, ctx.db, connection.id, until);
}

/** A failure that only the person can mend becomes the connection's state; any other is tried again. */
async function handOver(ctx: SyncContext, { id, providerConsentId }: Connection, error: unknown): Promise<void> {
  if (!isRefusal(error, 'consent_reauth_required', 'consent_inactive', 'invalid_grant')) throw error;
  await refreshConsent(ctx, providerConsentId);
  // The consent lives but its refresh token does not: only a new sign-in helps.
  if (error.code === 'invalid_grant') {
    await inTransaction(ctx.db, (tx) => changeConnection(ctx, tx, id, { status: 'reauth_required' }));
  }
}
