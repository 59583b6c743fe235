import { systemClock } from '#platform/clock';
import type { Clock } from '#platform/clock';
import type { Tasks } from '#platform/jobs';
import { createServiceConnector } from '#platform/service-connector';
import { createWorker } from '#platform/worker';
import type { operations as FlagshipOperations } from '#openapi/flagship';
import type { operations as SocialOperations } from '#openapi/social';
import type { WorkerConfig } from '../config.ts';
import { createContext } from '../context.ts';
import type { JobContext } from '../context.ts';
import type { FinancialJobs } from './jobs.ts';
import { dropPocketImages } from './drop-pocket-images.ts';
import { openDueRules } from './open-due-rules.ts';
import { reconcileNight } from './reconcile-night.ts';
import { requestTransfer } from './request-transfer.ts';
import { requestWaitingTransfers } from './request-waiting-transfers.ts';
import { runReconciliation } from './run-reconciliation.ts';
import { runRules } from '../services/rule-runs.ts';
import { sweep } from './sweep.ts';
import { tellPerson } from './tell-person.ts';
import { tellTransferOutcome } from './tell-transfer-outcome.ts';

/** By the clock, in UTC; a run that still waits is not doubled. */
const crontab = `
* * * * * requestWaitingTransfers ?jobKey=requestWaitingTransfers
* * * * * openDueRules ?jobKey=openDueRules
0 3 * * * reconcileNight ?jobKey=reconcileNight
30 3 * * * sweep ?fill=1d
`;

/** The process that runs the jobs of the financial service. Nothing runs yet. */
export async function createFinancialWorker(config: WorkerConfig, clock: Clock = systemClock) {
  const { ctx, check, resources } = createContext('financial-worker', config, clock);
  const connect = await createServiceConnector({ name: 'financial', key: config.serviceTokenKey });
  const flagship = connect<FlagshipOperations>('flagship', config.flagshipUrl);
  const social = connect<SocialOperations>('social', config.socialUrl);
  return createWorker<FinancialJobs>({
    name: 'financial-worker',
    metricsPort: config.metricsPort,
    databaseUrl: config.databaseUrl,
    schema: 'financial_jobs',
    tasks: createTasks({ ...ctx, flagship: flagship.client, social: social.client }),
    crontab,
    log: ctx.log,
    checks: { database: check },
    resources: [flagship, social, ...resources],
  });
}

/** What runs each job. */
function createTasks(ctx: JobContext): Tasks<FinancialJobs> {
  return {
    dropPocketImages: (job) => dropPocketImages(ctx, job),
    openDueRules: () => openDueRules(ctx),
    requestTransfer: (job) => requestTransfer(ctx, job),
    requestWaitingTransfers: () => requestWaitingTransfers(ctx),
    reconcileNight: () => reconcileNight(ctx),
    runReconciliation: (job, { attempts }) => runReconciliation(ctx, job, { attempts }),
    runRules: ({ personId }) => runRules(ctx, personId),
    sweep: () => sweep(ctx),
    tellPerson: (job) => tellPerson(ctx, job),
    tellTransferOutcome: (job) => tellTransferOutcome(ctx, job),
  };
}
