import { countFailedJobs } from '#platform/failed-jobs';
import type { Context } from '../context.ts';
import { getProviderHealth } from './provider-health.ts';

/** What staff see of flagship in numbers, each counted as what it stands for counts. */
export async function getStaffFigures(ctx: Pick<Context, 'db' | 'clock'>) {
  const [{ state, waiting, asOf }, failedJobs] = await Promise.all([
    getProviderHealth(ctx),
    countFailedJobs(ctx.db, 'flagship_jobs'),
  ]);
  const { events, unanswered, stalled, untold } = waiting;
  return {
    provider: {
      state,
      events: events.count,
      unanswered: unanswered.count,
      stalled: stalled.count,
      untold: untold.count,
    },
    failedJobs,
    asOf,
  };
}
