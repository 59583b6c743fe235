import type { Clock } from '#platform/clock';
import { createDatabase } from '#platform/database';
import { createQueue } from '#platform/jobs';
import type { Queue } from '#platform/jobs';
import { createLogger } from '#platform/logger';
import type { Logger } from '#platform/logger';
import type { ServiceClient } from '#platform/service-client';
import type { operations as FinancialOperations } from '#openapi/financial';
import type { operations as FlagshipOperations } from '#openapi/flagship';
import { PrismaClient } from '#prisma/social';
import type { Prisma } from '#prisma/social';
import type { SocialConfig } from './config.ts';
import type { SocialJobs } from './jobs/jobs.ts';
import type { Mailer } from './services/mailer.ts';
import type { PushPort } from './services/push/push-port.ts';
import { createBlobStore } from './services/blob-store.ts';
import type { BlobStore } from './services/blob-store.ts';
import { createExportStore } from './services/export-store.ts';
import type { ExportStore } from './services/export-store.ts';

/** What the functions of this service may use. */
export interface Context {
  db: PrismaClient;
  queue: Queue<SocialJobs>;
  blobs: BlobStore;
  exports: ExportStore;
  clock: Clock;
  log: Logger;
  config: { largeAuthorFollowers: number; accountClosureDays: number; refreshTokenKey: string };
}

/** What the jobs may use beside it: those who hold a person's money, and the ways out to people. */
export interface JobContext extends Context {
  financial: ServiceClient<FinancialOperations>;
  flagship: ServiceClient<FlagshipOperations>;
  push: PushPort;
  mailer: Mailer;
}

/** A transaction, or the database outside of one. */
export type Tx = Prisma.TransactionClient;

/** Builds the context of a process named `name`, with what must be checked and closed. */
export function createContext(name: string, config: SocialConfig & { refreshTokenKey?: string }, clock: Clock) {
  const database = createDatabase(PrismaClient, { url: config.databaseUrl, schema: 'social', name });
  const ctx: Context = {
    db: database.db,
    queue: createQueue<SocialJobs>('social_jobs'),
    blobs: createBlobStore(config.blobAccess),
    exports: createExportStore(config.blobAccess),
    clock,
    log: createLogger({ name, level: config.logLevel }),
    config: {
      largeAuthorFollowers: config.largeAuthorFollowers,
      accountClosureDays: config.accountClosureDays,
      refreshTokenKey: config.refreshTokenKey ?? '',
    },
  };
  return { ctx, check: database.check, resources: [database] };
}
