import type { Clock } from '#platform/clock';
import { createDatabase } from '#platform/database';
import { createFileStore } from '#platform/file-store';
import type { FileStore } from '#platform/file-store';
import { createQueue } from '#platform/jobs';
import type { Queue } from '#platform/jobs';
import { createLogger } from '#platform/logger';
import type { Logger } from '#platform/logger';
import type { ServiceClient } from '#platform/service-client';
import { createServiceConnector } from '#platform/service-connector';
import type { operations as FinancialOperations } from '#openapi/financial';
import type { operations as FlagshipOperations } from '#openapi/flagship';
import type { operations as SocialOperations } from '#openapi/social';
import { PrismaClient } from '#prisma/admin';
import type { Prisma } from '#prisma/admin';
import type { AdminConfig } from './config.ts';
import { storageUnavailable } from './errors.ts';
import type { AdminJobs } from './jobs/jobs.ts';
import { createCheckpointStore } from './services/checkpoint-store.ts';
import type { CheckpointStore } from './services/checkpoint-store.ts';

/** What the functions of bff-admin may use. */
export interface Context {
  db: PrismaClient;
  clock: Clock;
  log: Logger;
  queue: Queue<AdminJobs>;
  social: ServiceClient<SocialOperations>;
  financial: ServiceClient<FinancialOperations>;
  flagship: ServiceClient<FlagshipOperations>;
  /** Finished exports. */
  exports: FileStore;
  checkpoints: CheckpointStore;
}

/** A transaction, or the database outside of one. */
export type Tx = Prisma.TransactionClient;

/** Builds the context of a process named `name`, with what must be checked and closed. */
export async function createContext(name: string, config: AdminConfig, clock: Clock) {
  const database = createDatabase(PrismaClient, { url: config.databaseUrl, schema: 'admin', name });
  const connect = await createServiceConnector({ name: 'bff-admin', key: config.serviceTokenKey, retryReads: true });
  const social = connect<SocialOperations>('social', config.socialUrl);
  const financial = connect<FinancialOperations>('financial', config.financialUrl);
  const flagship = connect<FlagshipOperations>('flagship', config.flagshipUrl);
  const ctx: Context = {
    db: database.db,
    clock,
    log: createLogger({ name, level: config.logLevel }),
    queue: createQueue<AdminJobs>('admin_jobs'),
    social: social.client,
    financial: financial.client,
    flagship: flagship.client,
    exports: createFileStore(config.blobAccess, {
      container: 'staff-exports',
      extension: '.csv',
      contentType: 'text/csv; charset=utf-8',
      unavailable: storageUnavailable,
    }),
    checkpoints: createCheckpointStore(config.blobAccess, config.checkpoints),
  };
  return { ctx, check: database.check, resources: [social, financial, flagship, database] };
}
