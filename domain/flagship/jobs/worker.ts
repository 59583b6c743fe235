import type { operations as FinancialOperations } from '#openapi/financial';
import { systemClock } from '#platform/clock';
import { loadDocument } from '#platform/document';
import { createServiceClient } from '#platform/service-client';
import { createServiceTokenIssuer } from '#platform/service-token';
import { createWorker } from '#platform/worker';
import type { WorkerConfig } from '../config.ts';
import { createContext, jobsSchema } from '../context.ts';
import { createTasks, crontab } from './jobs.ts';

/** The process that runs flagship's jobs. */
export async function createFlagshipWorker(config: WorkerConfig, clock = systemClock) {
  const { ctx, database, resources } = createContext('flagship-worker', config, clock);
  const financial = createServiceClient<FinancialOperations>({
    document: loadDocument('financial'),
    audience: 'financial',
    url: config.financialUrl,
    issuer: await createServiceTokenIssuer('flagship', config.serviceTokenKey),
  });
  return createWorker({
    name: 'flagship-worker',
    metricsPort: config.metricsPort,
    databaseUrl: config.databaseUrl,
    schema: jobsSchema,
    tasks: createTasks({ ...ctx, financial: financial.client }),
    crontab,
    log: ctx.log,
    checks: { database: database.check },
    resources: [financial, ...resources],
  });
}
