import type { Context } from '../context.ts';
import { requestSync } from '../services/connection-changes.ts';

const batch = 500;

/** Asks for a sync of every connection whose data are older than they may be, the oldest first. */
export async function syncDueConnections(ctx: Context): Promise<void> {
  const before = new Date(ctx.clock.now().getTime() - ctx.syncEveryMs);
  const due = await ctx.db.connection.findMany({
    where: { status: 'active', OR: [{ lastAttemptAt: null }, { lastAttemptAt: { lt: before } }] },
    orderBy: { lastAttemptAt: { sort: 'asc', nulls: 'first' } },
    take: batch,
    select: { id: true },
  });
  for (const { id } of due) await requestSync(ctx, ctx.db, id);
}
