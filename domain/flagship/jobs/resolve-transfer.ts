import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import { ProviderError } from '../provider/provider.ts';
import { isSendingOver } from '../services/sending-time.ts';
import { moveTransfer } from '../services/transfer-state.ts';
import { scheduleResolve } from '../services/transfers.ts';

const pauseMs = 5_000;

/**
 * Finds out what became of a transfer whose request was not answered, by asking for it under our id. It is never sent
 * again: when the provider does not have it after `sentNotAfter`, it never will.
 */
export async function resolveTransfer(ctx: Context, { transferId }: { transferId: string }): Promise<void> {
  const transfer = await ctx.db.transfer.findUnique({ where: { id: transferId } });
  if (!transfer?.sentNotAfter || (transfer.status !== 'unknown' && transfer.status !== 'created')) return;

  const isTooLate = await isSendingOver(ctx, transferId);
  const found = await ctx.provider.findTransfer(transferId).catch((error: unknown) => {
    if (!(error instanceof ProviderError)) throw error;
    return undefined;
  });
  const outcome =
    found ?? (found === null && isTooLate ? { status: 'failed' as const, reason: 'not_received' } : undefined);
  if (outcome) await inTransaction(ctx.db, (tx) => moveTransfer(ctx, tx, transferId, outcome));
  else await scheduleResolve(ctx, ctx.db, transferId, pauseMs);
}
