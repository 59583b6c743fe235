import type { Transfer } from '#prisma/flagship';
import type { Context, Tx } from '../context.ts';
import { canMove } from '../helpers/transfer-states.ts';
import type { TransferStatus } from '../helpers/transfer-states.ts';

/** What is heard of a transfer; the days are ISO dates. */
export interface TransferNews {
  status: TransferStatus;
  reason: string | null;
  valueDate?: string | null;
  returnValueDate?: string | null;
}

/** The transfer's row, held until the transaction ends. */
export async function lockTransfer(tx: Tx, id: string): Promise<Transfer | null> {
  await tx.$queryRaw`select 1 from transfer where id = ${id}::uuid for update`;
  return tx.transfer.findUnique({ where: { id } });
}

/** Moves a transfer forward and has financial told. News that is older than what is known changes nothing. */
export async function moveTransfer(
  { queue, clock }: Pick<Context, 'queue' | 'clock'>,
  tx: Tx,
  id: string,
  news: TransferNews,
): Promise<Transfer | null> {
  const transfer = await lockTransfer(tx, id);
  if (!transfer) return null;
  const isForward = canMove(transfer.status as TransferStatus, news.status);
  const days = newDays(transfer, news);
  if (!isForward && !days) return transfer;
  const state = isForward && { status: news.status, reason: reasonOf(transfer, news) };
  const data = { ...state, ...days, sequence: { increment: 1 }, updatedAt: clock.now() };
  const moved = await tx.transfer.update({ where: { id }, data });
  await queue.add(tx, 'tellTransferState', { transferId: id }, { key: `tellTransferState:${id}` });
  return moved;
}

/** Who asked for it to be called off is not told that it was the bank. */
function reasonOf({ cancelRequestedAt }: Transfer, { status, reason }: TransferNews): string | null {
  return status === 'cancelled' && cancelRequestedAt ? 'cancelled_by_person' : reason;
}

/** The days that were not known yet; news of another state than the present one says nothing of them. */
function newDays(transfer: Transfer, news: TransferNews) {
  if (news.status !== transfer.status && !canMove(transfer.status as TransferStatus, news.status)) return undefined;
  const valueDate = transfer.valueDate ?? dayOf(news.valueDate);
  const returnValueDate = transfer.returnValueDate ?? dayOf(news.returnValueDate);
  const isNew = valueDate !== transfer.valueDate || returnValueDate !== transfer.returnValueDate;
  return isNew ? { valueDate, returnValueDate } : undefined;
}

function dayOf(day: string | null | undefined): Date | null {
  return day != null && /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(Date.parse(day)) ? new Date(day) : null;
}
