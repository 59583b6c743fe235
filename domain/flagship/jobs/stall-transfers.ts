import { inTransaction } from '#platform/database';
import type { Transfer } from '#prisma/flagship';
import type { Context } from '../context.ts';
import { isFinal, openStatuses } from '../helpers/transfer-states.ts';
import { ProviderError } from '../provider/provider.ts';
import { moveTransfer } from '../services/transfer-state.ts';

const askAgainMs = 3_600_000;
const batch = 100;

/**
 * Finds transfers that were sent long ago and are not final: the provider is asked, and what it has not finished stalls,
 * which financial and the person hear of. One that stalled is asked about every hour from then on. Run by the clock.
 */
export async function stallTransfers(ctx: Context): Promise<void> {
  const now = ctx.clock.now().getTime();
  const old = await ctx.db.transfer.findMany({
    where: {
      status: { in: openStatuses },
      sentNotAfter: { not: null },
      createdAt: { lt: new Date(now - ctx.transferStallsMs) },
      OR: [{ askedAt: null }, { askedAt: { lt: new Date(now - askAgainMs) } }],
    },
    orderBy: { createdAt: 'asc' },
    take: batch,
  });
  for (const transfer of old) await askAbout(ctx, transfer);
}

async function askAbout(ctx: Context, { id, askedAt }: Transfer): Promise<void> {
  // Of several workers one asks.
  const { count } = await ctx.db.transfer.updateMany({ where: { id, askedAt }, data: { askedAt: ctx.clock.now() } });
  if (count === 0) return;
  const found = await ctx.provider.findTransfer(id).catch((error: unknown) => {
    if (!(error instanceof ProviderError)) throw error;
    return null;
  });
  const news = found && isFinal(found.status) ? found : { status: 'stalled' as const, reason: null };
  const moved = await inTransaction(ctx.db, (tx) => moveTransfer(ctx, tx, id, news));
  if (askedAt === null && moved?.status === 'stalled') ctx.log.warn({ transferId: id }, 'a transfer has stalled');
}
