import { loadDocument } from '#platform/document';
import { createServiceClient } from '#platform/service-client';
import { createServiceTokenIssuer } from '#platform/service-token';
import { createWorker } from '#platform/worker';
import type { operations as FlagshipOperations } from '#openapi/flagship';
import type { WorkerConfig } from '../config.ts';
import { createContext } from '../context.ts';
import type { FinancialJobs } from './jobs.ts';
import { requestTransfer } from './request-transfer.ts';
import { requestWaitingTransfers } from './request-waiting-transfers.ts';

/** The process that runs the financial jobs. Nothing runs yet. */
export async function createFinancialWorker(config: WorkerConfig) {
  const { ctx, check, close } = createContext('financial-worker', config);
  const client = createServiceClient<FlagshipOperations>({
    document: loadDocument('flagship'),
    audience: 'flagship',
    url: config.flagshipUrl,
    issuer: await createServiceTokenIssuer('financial', config.serviceTokenKey),
  });
  return createWorker<FinancialJobs>({
    name: 'financial-worker',
    metricsPort: config.metricsPort,
    databaseUrl: config.databaseUrl,
    schema: 'financial_jobs',
    tasks: {
      requestTransfer: (payload) => requestTransfer({ ...ctx, flagship: client.client }, payload),
      requestWaitingTransfers: () => requestWaitingTransfers(ctx),
    },
    crontab: '* * * * * requestWaitingTransfers',
    log: ctx.log,
    checks: { database: check },
    resources: [client, { close }],
  });
}
