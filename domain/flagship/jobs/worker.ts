import { systemClock } from '#platform/clock';
import type { Clock } from '#platform/clock';
import type { Tasks } from '#platform/jobs';
import { createServiceConnector } from '#platform/service-connector';
import { createWorker } from '#platform/worker';
import type { operations as FinancialOperations } from '#openapi/financial';
import type { operations as SocialOperations } from '#openapi/social';
import type { WorkerConfig } from '../config.ts';
import { createContext } from '../context.ts';
import type { JobContext } from '../context.ts';
import { catchUpEvents } from './catch-up-events.ts';
import type { FlagshipJobs } from './jobs.ts';
import { processEvent } from './process-event.ts';
import { resolveTransfer } from './resolve-transfer.ts';
import { revokeConsent } from './revoke-consent.ts';
import { syncConnection } from './sync-connection.ts';
import { syncDueConnections } from './sync-due-connections.ts';
import { tellBankAccounts } from './tell-bank-accounts.ts';
import { tellBankTransactions } from './tell-bank-transactions.ts';
import { tellConnectionAttention } from './tell-connection-attention.ts';
import { tellTransferState } from './tell-transfer-state.ts';

/** Every minute; a run that still waits is not doubled. */
const crontab = `
* * * * * syncDueConnections ?jobKey=syncDueConnections
* * * * * catchUpEvents ?jobKey=catchUpEvents
`;

/** The process that runs the jobs of the flagship service. Nothing runs yet. */
export async function createFlagshipWorker(config: WorkerConfig, clock: Clock = systemClock) {
  const { ctx, check, resources } = createContext('flagship-worker', config, clock);
  const connect = await createServiceConnector({ name: 'flagship', key: config.serviceTokenKey });
  const financial = connect<FinancialOperations>('financial', config.financialUrl);
  const social = connect<SocialOperations>('social', config.socialUrl);
  return createWorker<FlagshipJobs>({
    name: 'flagship-worker',
    metricsPort: config.metricsPort,
    databaseUrl: config.databaseUrl,
    schema: 'flagship_jobs',
    tasks: createTasks({ ...ctx, financial: financial.client, social: social.client }),
    crontab,
    log: ctx.log,
    checks: { database: check },
    resources: [financial, social, ...resources],
  });
}

/** What runs each job. */
function createTasks(ctx: JobContext): Tasks<FlagshipJobs> {
  return {
    syncConnection: (job) => syncConnection(ctx, job),
    syncDueConnections: () => syncDueConnections(ctx),
    revokeConsent: (job) => revokeConsent(ctx, job),
    processEvent: (job) => processEvent(ctx, job),
    catchUpEvents: () => catchUpEvents(ctx),
    resolveTransfer: (job) => resolveTransfer(ctx, job),
    tellBankAccounts: (job) => tellBankAccounts(ctx, job),
    tellBankTransactions: (job) => tellBankTransactions(ctx, job),
    tellConnectionAttention: (job) => tellConnectionAttention(ctx, job),
    tellTransferState: (job) => tellTransferState(ctx, job),
  };
}
