import type { Clock } from '#platform/clock';
import { createDatabase } from '#platform/database';
import { createQueue } from '#platform/jobs';
import type { Queue } from '#platform/jobs';
import { createLogger } from '#platform/logger';
import type { Logger } from '#platform/logger';
import { PrismaClient } from '#prisma/social';
import type { Prisma } from '#prisma/social';
import type { SocialConfig } from './config.ts';
import type { SocialJobs } from './jobs/jobs.ts';
import { createBlobStore } from './services/blob-store.ts';
import type { BlobStore } from './services/blob-store.ts';

/** What the functions of this service may use. */
export interface Context {
  db: PrismaClient;
  queue: Queue<SocialJobs>;
  blobs: BlobStore;
  clock: Clock;
  log: Logger;
  config: { largeAuthorFollowers: number; refreshTokenKey: string };
}

/** A transaction, or the database outside of one. */
export type Tx = Prisma.TransactionClient;

/** Builds the context of a process named `name`, with what must be checked and closed. */
export function createContext(name: string, config: SocialConfig & { refreshTokenKey?: string }, clock: Clock) {
  const database = createDatabase(PrismaClient, { url: config.databaseUrl, schema: 'social', name });
  const ctx: Context = {
    db: database.db,
    queue: createQueue<SocialJobs>('social_jobs'),
    blobs: createBlobStore(config.blobConnectionString),
    clock,
    log: createLogger({ name, level: config.logLevel }),
    config: { largeAuthorFollowers: config.largeAuthorFollowers, refreshTokenKey: config.refreshTokenKey ?? '' },
  };
  return { ctx, check: database.check, resources: [database] };
}
