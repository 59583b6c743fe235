import { Problem } from '#platform/problem';
import type { JobContext } from '../context.ts';
import type { FinancialJobs } from './jobs.ts';

/** To the person, a transfer that was called off is one that failed. */
const kinds = {
  settled: 'transfer_settled',
  failed: 'transfer_failed',
  cancelled: 'transfer_failed',
  returned: 'transfer_returned',
} as const;

/** Tells the person how a transfer ended: only that, no sum. Social counts a notice once, so this is safe to repeat. */
export async function tellTransferOutcome(
  { db, social }: Pick<JobContext, 'db' | 'social'>,
  { transferId, status, noticeId }: FinancialJobs['tellTransferOutcome'],
): Promise<void> {
  const transfer = await db.transfer.findUnique({ where: { id: transferId }, select: { ownerId: true } });
  if (!transfer) return;
  try {
    await social.putNotice({
      caller: { service: true },
      path: { userId: transfer.ownerId, noticeId },
      body: { kind: kinds[status], subject: { type: 'transfer', id: transferId } },
    });
  } catch (error) {
    // Nobody is there to be told any more: the account was deleted.
    if (!(error instanceof Problem && error.code === 'not_found')) throw error;
  }
}
