import type { Transfer } from '#prisma/flagship';
import type { Context, Tx } from '../context.ts';
import { canMove } from '../helpers/transfer-states.ts';
import type { TransferStatus } from '../helpers/transfer-states.ts';

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
  { status, reason }: { status: TransferStatus; reason: string | null },
): Promise<Transfer | null> {
  const transfer = await lockTransfer(tx, id);
  if (!transfer || !canMove(transfer.status as TransferStatus, status)) return transfer;
  const data = { status, reason, sequence: { increment: 1 }, updatedAt: clock.now() };
  const moved = await tx.transfer.update({ where: { id }, data });
  await queue.add(tx, 'tellTransferState', { transferId: id }, { key: `tellTransferState:${id}` });
  return moved;
}
