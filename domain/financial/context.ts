import type { Clock } from '#platform/clock';
import { systemClock } from '#platform/clock';
import { createDatabase } from '#platform/database';
import { createLogger } from '#platform/logger';
import type { Logger } from '#platform/logger';
import { PrismaClient } from '#prisma/financial';
import type { Prisma } from '#prisma/financial';
import type { FinancialConfig } from './config.ts';

/** What the functions of this service may use. */
export interface Context {
  db: PrismaClient;
  clock: Clock;
  log: Logger;
}

/** A transaction, or the database outside of one. */
export type Tx = Prisma.TransactionClient;

/** Builds the context of a process named `name`, with what must be checked and closed. */
export function createContext(
  name: string,
  config: FinancialConfig,
  clock: Clock = systemClock,
): { ctx: Context; check: () => Promise<void>; close: () => Promise<void> } {
  const { db, check, close } = createDatabase(PrismaClient, { url: config.databaseUrl, schema: 'financial', name });
  return { ctx: { db, clock, log: createLogger({ name, level: config.logLevel }) }, check, close };
}
