import type { JobContext } from '../context.ts';
import type { FinancialJobs } from './jobs.ts';
import { tellPerson } from './tell-person.ts';

/** To the person, a transfer that was called off is one that failed. */
const kinds = {
  settled: 'transfer_settled',
  failed: 'transfer_failed',
  cancelled: 'transfer_failed',
  returned: 'transfer_returned',
  stalled: 'transfer_stalled',
} as const;

/** Tells the person how a transfer ended, or that it has stalled: only that, no sum. */
export async function tellTransferOutcome(
  { db, social }: Pick<JobContext, 'db' | 'social'>,
  { transferId, status, noticeId }: FinancialJobs['tellTransferOutcome'],
): Promise<void> {
  const transfer = await db.transfer.findUnique({ where: { id: transferId }, select: { ownerId: true } });
  if (!transfer) return;
  const subject = { type: 'transfer' as const, id: transferId };
  await tellPerson({ social }, { personId: transfer.ownerId, noticeId, kind: kinds[status], subject, actorId: null });
}
