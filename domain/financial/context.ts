import type { Clock } from '#platform/clock';
import { createDatabase } from '#platform/database';
import { createLogger } from '#platform/logger';
import type { Logger } from '#platform/logger';
import type { ServiceClient } from '#platform/service-client';
import type { operations as FlagshipOperations } from '#openapi/flagship';
import type { operations as SocialOperations } from '#openapi/social';
import { PrismaClient } from '#prisma/financial';
import type { Prisma } from '#prisma/financial';
import type { FinancialConfig } from './config.ts';

/** What the functions of this service may use. */
export interface Context {
  db: PrismaClient;
  clock: Clock;
  log: Logger;
}

/** What the operations may use beside it: the way to ask flagship. */
export interface ServiceContext extends Context {
  flagship: ServiceClient<FlagshipOperations>;
}

/** What the jobs may use beside that: the way to tell social. */
export interface JobContext extends ServiceContext {
  social: ServiceClient<SocialOperations>;
}

/** A transaction, or the database outside of one. */
export type Tx = Prisma.TransactionClient;

/** Builds the context of a process named `name`, with what must be checked and closed. */
export function createContext(name: string, config: FinancialConfig, clock: Clock) {
  const database = createDatabase(PrismaClient, { url: config.databaseUrl, schema: 'financial', name });
  const ctx: Context = { db: database.db, clock, log: createLogger({ name, level: config.logLevel }) };
  return { ctx, check: database.check, resources: [database] };
}
