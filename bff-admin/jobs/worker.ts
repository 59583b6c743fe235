import { systemClock } from '#platform/clock';
import type { Clock } from '#platform/clock';
import type { Tasks } from '#platform/jobs';
import { createWorker } from '#platform/worker';
import type { WorkerConfig } from '../config.ts';
import { createContext } from '../context.ts';
import type { Context } from '../context.ts';
import { settleDecision } from '../services/decisions.ts';
import { removeEndedSessions } from '../services/session-store.ts';
import type { AdminJobs } from './jobs.ts';

/** The process that runs the jobs of bff-admin. Nothing runs yet. */
export async function createAdminWorker(config: WorkerConfig, clock: Clock = systemClock) {
  const { ctx, check, resources } = await createContext('bff-admin-worker', config, clock);
  return createWorker<AdminJobs>({
    name: 'bff-admin-worker',
    metricsPort: config.metricsPort,
    databaseUrl: config.databaseUrl,
    schema: 'admin_jobs',
    tasks: createTasks(ctx),
    crontab: '*/10 * * * * removeEndedSessions',
    log: ctx.log,
    checks: { database: check },
    resources,
  });
}

/** What runs each job. */
function createTasks(ctx: Context): Tasks<AdminJobs> {
  return {
    settleDecision: ({ decisionId }) => settleDecision(ctx, decisionId),
    removeEndedSessions: () => removeEndedSessions(ctx),
  };
}
