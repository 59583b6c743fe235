import { inTransaction } from '#platform/database';
import type { Transfer } from '#prisma/flagship';
import type { Context } from '../context.ts';
import { isFinal, openStatuses } from '../helpers/transfer-states.ts';
import { ProviderError } from '../provider/provider.ts';
import type { ProviderTransfer } from '../provider/provider.ts';
import { lockTransfer, moveTransfer } from '../services/transfer-state.ts';
import type { TransferNews } from '../services/transfer-state.ts';
import { endOfUnsent } from '../services/transfers.ts';

const askAgainMs = 3_600_000;
const batch = 100;
/** Why one has stalled of which the provider has never said that it has it. */
const unconfirmed = 'not_confirmed';

/**
 * Finds transfers that were sent long ago and are not final: the provider is asked, and what it has not finished stalls,
 * which financial and the person hear of. One that stalled is asked about every hour from then on. What could not be sent for
 * as long never will be. Run by the clock.
 */
export async function stallTransfers(ctx: Context): Promise<void> {
  const now = ctx.clock.now().getTime();
  const longAgo = { lt: new Date(now - ctx.transferStallsMs) };
  await endUnsent(ctx, longAgo);
  const old = await ctx.db.transfer.findMany({
    where: {
      status: { in: openStatuses },
      createdAt: longAgo,
      sentNotAfter: longAgo,
      OR: [{ askedAt: null }, { askedAt: { lt: new Date(now - askAgainMs) } }],
    },
    orderBy: { createdAt: 'asc' },
    take: batch,
  });
  for (const transfer of old) await askAbout(ctx, transfer);
}

/** Nobody expects any more that it goes on, and what was set aside for it is free again. */
async function endUnsent(ctx: Context, longAgo: { lt: Date }): Promise<void> {
  const rows = await ctx.db.transfer.findMany({
    where: { status: 'created', sentNotAfter: null, createdAt: longAgo },
    orderBy: { createdAt: 'asc' },
    take: batch,
    select: { id: true },
  });
  for (const { id } of rows) {
    await inTransaction(ctx.db, async (tx) => {
      const transfer = await lockTransfer(tx, id);
      // A request may be sending it by now.
      if (transfer?.status !== 'created' || transfer.sentNotAfter !== null) return;
      await moveTransfer(ctx, tx, id, endOfUnsent(transfer, 'not_sent'));
    });
  }
}

async function askAbout(ctx: Context, transfer: Transfer): Promise<void> {
  const { id, askedAt } = transfer;
  // Of several workers one asks.
  const { count } = await ctx.db.transfer.updateMany({ where: { id, askedAt }, data: { askedAt: ctx.clock.now() } });
  if (count === 0) return;
  const found = await ctx.provider.findTransfer(id).catch((error: unknown) => {
    if (!(error instanceof ProviderError)) throw error;
    return undefined;
  });
  const moved = await inTransaction(ctx.db, (tx) => moveTransfer(ctx, tx, id, newsOf(transfer, found)));
  if (askedAt === null && moved?.status === 'stalled') ctx.log.warn({ transferId: id }, 'a transfer has stalled');
}

/** What the provider never confirmed and does not have will never be there; `found` is undefined where it did not say. */
function newsOf({ status, reason }: Transfer, found: ProviderTransfer | null | undefined): TransferNews {
  if (found && isFinal(found.status)) return found;
  const isUnconfirmed = !found && (status === 'created' || status === 'unknown' || reason === unconfirmed);
  if (found === null && isUnconfirmed) return { status: 'failed', reason: 'not_received' };
  return { status: 'stalled', reason: isUnconfirmed ? unconfirmed : null };
}
