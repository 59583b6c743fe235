import { deleteInBatches } from '#platform/database';
import { forgetFailedJobs } from '#platform/failed-jobs';
import { runAll } from '#platform/run-all';
import type { Context } from '../context.ts';

const dayMs = 86_400_000;

/**
 * Forgets what has outlived its use: events that are worked off, kept answers, attempts that are over, reads of days gone by, jobs that
 * were given up.
 */
export async function sweep({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<void> {
  const daysAgo = (days: number) => new Date(clock.now().getTime() - days * dayMs);
  await runAll([
    // The provider's feed holds 30 days, so that none is told again that is not known any more.
    () =>
      deleteInBatches((limit) => db.providerEvent.deleteMany({ where: { processedAt: { lt: daysAgo(60) } }, limit })),
    // A key is promised for 7 days.
    () => deleteInBatches((limit) => db.idempotency.deleteMany({ where: { createdAt: { lt: daysAgo(8) } }, limit })),
    // With its verifier. For a day, who comes back late is told apart from who was never there.
    () => deleteInBatches((limit) => db.authorisation.deleteMany({ where: { expiresAt: { lt: daysAgo(1) } }, limit })),
    () => deleteInBatches((limit) => db.callCount.deleteMany({ where: { day: { lt: daysAgo(2) } }, limit })),
    () => forgetFailedJobs(db, 'flagship_jobs'),
  ]);
}
