import { systemClock } from '#platform/clock';
import type { Clock } from '#platform/clock';
import type { Tasks } from '#platform/jobs';
import { createWorker } from '#platform/worker';
import type { WorkerConfig } from '../config.ts';
import { createContext } from '../context.ts';
import type { Context } from '../context.ts';
import { createCheckpointSigner } from '../helpers/checkpoint.ts';
import { signCheckpoints } from '../services/checkpoints.ts';
import { alertBreakGlass } from '../services/break-glass.ts';
import { settleDecision } from '../services/decisions.ts';
import { takeOverReports } from '../services/report-intake.ts';
import { removeEndedSessions } from '../services/session-store.ts';
import { buildExport } from './build-export.ts';
import { expireExports } from './expire-exports.ts';
import { forgetPeople } from './forget-people.ts';
import type { AdminJobs } from './jobs.ts';
import { sweep } from './sweep.ts';

/** In UTC. A run that still waits is not doubled. */
const crontab = `
*/10 * * * * removeEndedSessions
* * * * * takeOverReports ?jobKey=takeOverReports
* * * * * signCheckpoints ?jobKey=signCheckpoints
40 * * * * expireExports ?jobKey=expireExports
20 3 * * * sweep ?fill=1d
50 3 * * * forgetPeople ?fill=1d
`;

/** The process that runs the jobs of bff-admin. Nothing runs yet. */
export async function createAdminWorker(config: WorkerConfig, clock: Clock = systemClock) {
  const { ctx, check, resources } = await createContext('bff-admin-worker', config, clock);
  return createWorker<AdminJobs>({
    name: 'bff-admin-worker',
    metricsPort: config.metricsPort,
    databaseUrl: config.databaseUrl,
    schema: 'admin_jobs',
    tasks: createTasks(ctx, config),
    crontab,
    log: ctx.log,
    checks: { database: check },
    resources,
  });
}

/** What runs each job. */
function createTasks(
  ctx: Context,
  { checkpointKey, checkpointLockDays }: Pick<WorkerConfig, 'checkpointKey' | 'checkpointLockDays'>,
): Tasks<AdminJobs> {
  const signing = { sign: createCheckpointSigner(checkpointKey), lockDays: checkpointLockDays };
  return {
    buildExport: (job) => buildExport(ctx, job),
    expireExports: () => expireExports(ctx),
    signCheckpoints: () => signCheckpoints(ctx, signing),
    settleDecision: ({ decisionId }) => settleDecision(ctx, decisionId),
    alertBreakGlass: ({ breakGlassId }) => alertBreakGlass(ctx, breakGlassId),
    takeOverReports: () => takeOverReports(ctx),
    removeEndedSessions: () => removeEndedSessions(ctx),
    forgetPeople: () => forgetPeople(ctx),
    sweep: () => sweep(ctx),
  };
}
