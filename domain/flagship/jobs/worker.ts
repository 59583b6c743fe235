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
import { watchReadsPerDay } from './read-limits.ts';
import { checkConsent } from './refresh-consent.ts';
import { resolveTransfer } from './resolve-transfer.ts';
import { resealTokens } from './reseal-tokens.ts';
import { revokeConsent } from './revoke-consent.ts';
import { stallTransfers } from './stall-transfers.ts';
import { sweep } from './sweep.ts';
import { syncConnection } from './sync-connection.ts';
import { syncDueConnections } from './sync-due-connections.ts';
import { tellBankAccounts } from './tell-bank-accounts.ts';
import { tellBankTransactions } from './tell-bank-transactions.ts';
import { tellConnectionAttention } from './tell-connection-attention.ts';
import { tellTransferState } from './tell-transfer-state.ts';
import { tendConnections } from './tend-connections.ts';
import { refreshInstitutions } from '../services/institutions.ts';

/** A run that still waits is not doubled. */
const crontab = `
* * * * * syncDueConnections ?jobKey=syncDueConnections
* * * * * catchUpEvents ?jobKey=catchUpEvents
* * * * * tendConnections ?jobKey=tendConnections
7 * * * * refreshInstitutions ?jobKey=refreshInstitutions
23 * * * * resealTokens ?jobKey=resealTokens
* * * * * stallTransfers ?jobKey=stallTransfers
30 3 * * * sweep ?fill=1d
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
    tasks: createTasks({
      ...ctx,
      financial: financial.client,
      social: social.client,
      readsPerDay: watchReadsPerDay(ctx.provider, clock),
    }),
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
    tendConnections: () => tendConnections(ctx),
    checkConsent: (job) => checkConsent(ctx, job),
    revokeConsent: (job) => revokeConsent(ctx, job),
    refreshInstitutions: () => refreshInstitutions(ctx),
    resealTokens: () => resealTokens(ctx),
    processEvent: (job) => processEvent(ctx, job),
    catchUpEvents: () => catchUpEvents(ctx),
    resolveTransfer: (job) => resolveTransfer(ctx, job),
    stallTransfers: () => stallTransfers(ctx),
    tellBankAccounts: (job) => tellBankAccounts(ctx, job),
    tellBankTransactions: (job) => tellBankTransactions(ctx, job),
    tellConnectionAttention: (job) => tellConnectionAttention(ctx, job),
    tellTransferState: (job) => tellTransferState(ctx, job),
    sweep: () => sweep(ctx),
  };
}
