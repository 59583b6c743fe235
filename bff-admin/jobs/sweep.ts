import { deleteInBatches } from '#platform/database';
import { forgetFailedJobs } from '#platform/failed-jobs';
import { runAll } from '#platform/run-all';
import type { Context } from '../context.ts';

const dayMs = 86_400_000;

/** Forgets what has outlived its use: kept answers, who dismissed what is over for good, jobs that were given up. */
export async function sweep({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<void> {
  const daysAgo = (days: number) => new Date(clock.now().getTime() - days * dayMs);
  // An announcement that ended may be told once more, though hardly after a month.
  const over = { announcement: { endsAt: { lt: daysAgo(30) } } };
  await runAll([
    // A key is promised for 7 days.
    () => deleteInBatches((limit) => db.idempotency.deleteMany({ where: { createdAt: { lt: daysAgo(8) } }, limit })),
    () => deleteInBatches((limit) => db.announcementDismissal.deleteMany({ where: over, limit })),
    () => forgetFailedJobs(db, 'admin_jobs'),
  ]);
}
