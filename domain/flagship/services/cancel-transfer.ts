import type { Transfer } from '#prisma/flagship';
import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import { providerUnavailable, tooLateToCancel } from '../errors.ts';
import { isFinal, openStatuses } from '../helpers/transfer-states.ts';
import { isRefusal } from '../provider/provider.ts';
import { isSendingOver } from './sending-time.ts';
import { lockWanted } from './transfers.ts';
import type { WantedTransfer } from './transfers.ts';
import { moveTransfer } from './transfer-state.ts';
import type { TransferNews } from './transfer-state.ts';

/**
 * Calls a transfer off: one that was never sent never will be, one that was is cancelled at the provider. That is asked for
 * as often as it takes, since a provider cancels a transfer once.
 */
export async function cancelTransfer(ctx: Context, wanted: WantedTransfer): Promise<Transfer> {
  const transfer = await keepWish(ctx, wanted);
  if (transfer.status === 'cancelled') return transfer;
  if (isFinal(transfer.status)) throw tooLateToCancel(`It is ${transfer.status}.`);
  const news = await cancelAtProvider(ctx, transfer);
  const moved = await inTransaction(ctx.db, (tx) => moveTransfer(ctx, tx, wanted.id, news));
  if (moved?.status !== 'cancelled') throw tooLateToCancel(`It is ${moved?.status ?? 'gone'}.`);
  return moved;
}

/** The row is made when there is none: a request for the transfer that is still on its way finds it cancelled. */
async function keepWish(ctx: Context, wanted: WantedTransfer): Promise<Transfer> {
  return inTransaction(ctx.db, async (tx) => {
    const { transfer } = await lockWanted(ctx, tx, wanted);
    if (isFinal(transfer.status)) return transfer;
    const wish = { cancelRequestedAt: transfer.cancelRequestedAt ?? ctx.clock.now() };
    const noted = await tx.transfer.update({ where: { id: wanted.id }, data: wish });
    if (transfer.sentNotAfter !== null) return noted;
    return (await moveTransfer(ctx, tx, wanted.id, { status: 'cancelled', reason: null })) ?? noted;
  });
}

async function cancelAtProvider(ctx: Context, { id }: Transfer): Promise<TransferNews> {
  const neverComes = await isSendingOver(ctx, id);
  try {
    return await ctx.provider.cancelTransfer(id);
  } catch (error) {
    if (isRefusal(error, 'transfer_not_cancellable')) return dropWish(ctx, id, 'The bank has begun to carry it out.');
    if (isRefusal(error, 'capability_unavailable')) return dropWish(ctx, id, 'The provider does not cancel transfers.');
    // What the provider does not have yet may still reach it, until it takes the request no more.
    if (isRefusal(error, 'not_found') && neverComes) return { status: 'cancelled', reason: null };
    throw providerUnavailable(error);
  }
}

/** It goes on. Should the bank call it off later, that is the bank's doing, which its person hears of. */
async function dropWish({ db }: Pick<Context, 'db'>, id: string, why: string): Promise<never> {
  await db.transfer.updateMany({ where: { id, status: { in: openStatuses } }, data: { cancelRequestedAt: null } });
  throw tooLateToCancel(why);
}
