import type { Clock } from '#platform/clock';
import { createDatabase } from '#platform/database';
import { createQueue } from '#platform/jobs';
import type { Queue } from '#platform/jobs';
import { createLogger } from '#platform/logger';
import type { Logger } from '#platform/logger';
import type { ServiceClient } from '#platform/service-client';
import type { operations as FinancialOperations } from '#openapi/financial';
import type { operations as SocialOperations } from '#openapi/social';
import { PrismaClient } from '#prisma/flagship';
import type { Prisma } from '#prisma/flagship';
import type { FlagshipConfig } from './config.ts';
import { createTokenVault } from './helpers/token-vault.ts';
import type { TokenVault } from './helpers/token-vault.ts';
import type { FlagshipJobs } from './jobs/jobs.ts';
import { createContractAdapter } from './provider/contract-adapter.ts';
import type { Provider } from './provider/provider.ts';
import { createSightKeeper } from './services/provider-sight.ts';

/** What the functions of this service may use. */
export interface Context {
  db: PrismaClient;
  clock: Clock;
  log: Logger;
  queue: Queue<FlagshipJobs>;
  provider: Provider;
  vault: TokenVault;
  /** How old the data of a connection may be before it is synced again. */
  syncEveryMs: number;
  /** After how long a transfer that is not final has stalled. */
  transferStallsMs: number;
}

/** What the operations may use beside it. */
export interface ServiceContext extends Context {
  webhookSecrets: string[];
}

/** What the jobs may use beside it: the ways to tell financial and social. */
export interface JobContext extends Context {
  financial: ServiceClient<FinancialOperations>;
  social: ServiceClient<SocialOperations>;
  /** How often the provider lets an account be read in a day without the person; null where nobody counts. */
  readsPerDay(): Promise<number | null>;
}

/** A transaction, or the database outside of one. */
export type Tx = Prisma.TransactionClient;

/** Builds the context of a process named `name`, with what must be checked and closed. */
export function createContext(name: string, config: FlagshipConfig, clock: Clock) {
  const database = createDatabase(PrismaClient, { url: config.databaseUrl, schema: 'flagship', name });
  const log = createLogger({ name, level: config.logLevel });
  const sight = createSightKeeper({ db: database.db, clock, log, name });
  const provider = createContractAdapter({
    ...config.provider,
    clock,
    see: (call, state) => {
      sight.see(call, state);
    },
  });
  const ctx: Context = {
    db: database.db,
    clock,
    log,
    queue: createQueue<FlagshipJobs>('flagship_jobs'),
    provider,
    vault: createTokenVault(config.tokenKeys),
    syncEveryMs: config.syncEveryMs,
    transferStallsMs: config.transferStallsMs,
  };
  return { ctx, check: database.check, resources: [provider, sight, database] };
}
