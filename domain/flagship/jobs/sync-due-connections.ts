import type { Context } from '../context.ts';
import { requestSync } from '../services/connection-changes.ts';

const batch = 500;
const countsKeptMs = 7 * 86_400_000;

/**
 * Asks for a sync of every connection whose data are older than they may be, the oldest first; not where the bank allows no
 * more for now, and not where every account is closed.
 */
export async function syncDueConnections(ctx: Context): Promise<void> {
  const now = ctx.clock.now();
  const before = new Date(now.getTime() - ctx.syncEveryMs);
  const due = await ctx.db.connection.findMany({
    where: {
      status: 'active',
      AND: [
        { OR: [{ lastAttemptAt: null }, { lastAttemptAt: { lt: before } }] },
        { OR: [{ rateLimitedUntil: null }, { rateLimitedUntil: { lte: now } }] },
        { OR: [{ restUntil: null }, { restUntil: { lte: now } }] },
        { OR: [{ accounts: { none: {} } }, { accounts: { some: { status: 'open' } } }] },
      ],
    },
    orderBy: { lastAttemptAt: { sort: 'asc', nulls: 'first' } },
    take: batch,
    select: { id: true },
  });
  for (const { id } of due) await requestSync(ctx, ctx.db, id);
  await ctx.db.callCount.deleteMany({ where: { day: { lt: new Date(now.getTime() - countsKeptMs) } } });
}
