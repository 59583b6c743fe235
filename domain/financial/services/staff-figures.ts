import { countFailedJobs } from '#platform/failed-jobs';
import type { Context } from '../context.ts';
import type { TransferStatus } from './facts.ts';

type Transfers = Record<TransferStatus, number>;

interface Figures {
  transfers: Transfers;
  openBreaks: number;
  failedJobs: number;
  asOf: string;
}

const none: Transfers = {
  created: 0,
  unknown: 0,
  submitted: 0,
  processing: 0,
  stalled: 0,
  settled: 0,
  failed: 0,
  cancelled: 0,
  returned: 0,
};

/** What staff see of financial in numbers, each counted as its list counts. */
export async function getStaffFigures({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<Figures> {
  const [byStatus, openBreaks, failedJobs] = await Promise.all([
    db.transfer.groupBy({ by: ['status'], _count: { _all: true } }),
    db.reconBreak.count({ where: { status: 'open' } }),
    countFailedJobs(db, 'financial_jobs'),
  ]);
  const transfers = Object.fromEntries(byStatus.map(({ status, _count }) => [status, _count._all]));
  return { transfers: { ...none, ...transfers }, openBreaks, failedJobs, asOf: clock.now().toISOString() };
}
