import type { Connection, Prisma } from '#prisma/flagship';
import type { Context } from '../context.ts';
import { requestSync } from '../services/connection-changes.ts';
import { presentSince } from './read-limits.ts';

const leaseMs = 60_000;
const retryMs = 5_000;

/**
 * Single flight without holding a connection or a transaction over the provider's calls: a lease in the row, which ends
 * by itself when its holder was killed. Undefined when the connection is not active, may not be read yet, or another sync is
 * at work; then this one comes again after it, since it may have been asked for because of newer news.
 */
export async function takeLease(ctx: Context, id: string): Promise<Connection | undefined> {
  const now = ctx.clock.now();
  const { fields } = ctx.db.connection;
  const [held] = await ctx.db.connection.updateManyAndReturn({
    where: {
      id,
      status: 'active',
      AND: [
        { OR: [{ syncLeaseUntil: null }, { syncLeaseUntil: { lt: now } }] },
        {
          OR: [
            { rateLimitedUntil: null },
            { rateLimitedUntil: { lte: now } },
            // The day's unattended reads are spent, but the person looks.
            { rateLimitedUntil: { equals: fields.restUntil }, askedAt: { gt: presentSince(now) } },
          ],
        },
      ],
    },
    data: { syncLeaseUntil: new Date(now.getTime() + leaseMs), lastAttemptAt: now },
  });
  if (held) return held;
  const waiting = await ctx.db.connection.findFirst({ where: { id, status: 'active' } });
  if (waiting) await requestSync(ctx, ctx.db, id, nextTry(waiting, now));
  return undefined;
}

function nextTry({ syncLeaseUntil, rateLimitedUntil }: Connection, now: Date): Date {
  const isBusy = syncLeaseUntil !== null && syncLeaseUntil >= now;
  return !isBusy && rateLimitedUntil !== null && rateLimitedUntil > now
    ? rateLimitedUntil
    : new Date(now.getTime() + retryMs);
}

/** Gives the lease back, unless it ran out and another sync holds one of its own. */
export async function endLease(
  { db }: Pick<Context, 'db'>,
  { id, syncLeaseUntil }: Connection,
  changes: Prisma.ConnectionUpdateManyMutationInput = {},
): Promise<void> {
  await db.connection.updateMany({ where: { id, syncLeaseUntil }, data: { ...changes, syncLeaseUntil: null } });
}
