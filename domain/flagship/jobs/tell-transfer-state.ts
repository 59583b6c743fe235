import type { components } from '#openapi/financial';
import type { JobContext } from '../context.ts';
import { presentDay } from '../helpers/present-transfer.ts';
import { requestSync } from '../services/connection-changes.ts';

type ToldStatus = components['schemas']['ProviderState']['status'];

/**
 * Tells financial the state of now. Its sequence makes older news lose, so a state may be told twice. Once money has moved,
 * the balance that financial knows is too old: the next one is read when financial knows of the transfer, not before.
 */
export async function tellTransferState(
  { db, financial, queue }: Pick<JobContext, 'db' | 'financial' | 'queue'>,
  { transferId }: { transferId: string },
): Promise<void> {
  const transfer = await db.transfer.findUnique({
    where: { id: transferId },
    include: { account: { select: { connectionId: true } } },
  });
  if (!transfer || transfer.toldSequence >= transfer.sequence || transfer.status === 'created') return;
  const { status, sequence, reason } = transfer;
  const valueDate = presentDay(transfer.valueDate);
  const returnValueDate = presentDay(transfer.returnValueDate);
  await financial.putTransferState({
    caller: { service: true },
    path: { transferId },
    body: {
      status: status as ToldStatus,
      sequence,
      ...(reason !== null && { reason }),
      ...(valueDate !== null && { valueDate }),
      ...(returnValueDate !== null && { returnValueDate }),
    },
  });
  if (status === 'settled' || status === 'returned') await requestSync({ queue }, db, transfer.account.connectionId);
  await db.transfer.updateMany({
    where: { id: transferId, toldSequence: { lt: sequence } },
    data: { toldSequence: sequence },
  });
}
