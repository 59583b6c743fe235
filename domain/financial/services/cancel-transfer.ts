import type { Caller } from '#platform/caller';
import { Problem } from '#platform/problem';
import type { ServiceContext } from '../context.ts';
import { tooLateToCancel } from '../errors.ts';
import { stateOf } from '../helpers/flagship-state.ts';
import type { TransferFacts } from './facts.ts';
import { getTransfer, putTransferState } from './transfers.ts';
import type { ProviderState } from './transfers.ts';

type Using = Pick<ServiceContext, 'db' | 'clock' | 'flagship'>;

const ended = ['settled', 'failed', 'returned'];

/**
 * Has flagship call a transfer off, and frees what was reserved. No transaction is held over the call; should this process end
 * after it, flagship tells the outcome by itself.
 */
export async function cancelTransfer(ctx: Using, caller: Caller, transferId: string): Promise<TransferFacts> {
  const transfer = await getTransfer(ctx, caller, transferId);
  if (transfer.status === 'cancelled') return transfer;
  if (ended.includes(transfer.status)) throw tooLateToCancel(transfer.status);
  const state = await callOff(ctx, transfer);
  const now = await putTransferState(ctx, transferId, state).catch((error: unknown) => {
    // It ended another way before flagship was asked.
    if (error instanceof Problem && error.code === 'illegal_transition') return getTransfer(ctx, caller, transferId);
    throw error;
  });
  if (now.status !== 'cancelled') throw tooLateToCancel(now.status);
  return now;
}

async function callOff({ flagship }: Using, transfer: TransferFacts): Promise<ProviderState> {
  const { id, ownerId, accountId, direction, amountMinor, currency } = transfer;
  const ours: ProviderState = { status: 'cancelled', reason: 'cancelled_by_person' };
  try {
    const body = { userId: ownerId, accountId, direction, amount: { amountMinor, currency } };
    const reply = await flagship.cancelTransfer({ caller: { service: true }, path: { transferId: id }, body });
    return stateOf(reply.body) ?? ours;
  } catch (error) {
    // Flagship does not know the account, so it carries nothing out for it either.
    if (error instanceof Problem && error.code === 'not_found') return ours;
    throw error;
  }
}
