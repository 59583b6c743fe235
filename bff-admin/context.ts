import { systemClock } from '#platform/clock';
import type { Clock } from '#platform/clock';
import { createDatabase } from '#platform/database';
import { loadDocument } from '#platform/document';
import { createQueue } from '#platform/jobs';
import type { Queue } from '#platform/jobs';
import { createServiceClient } from '#platform/service-client';
import type { ServiceClient } from '#platform/service-client';
import { createServiceTokenIssuer } from '#platform/service-token';
import type { operations as FinancialOperations } from '#openapi/financial';
import type { operations as FlagshipOperations } from '#openapi/flagship';
import type { operations as SocialOperations } from '#openapi/social';
import { PrismaClient } from '#prisma/admin';
import type { Prisma } from '#prisma/admin';
import type { Config } from './config.ts';

/** The jobs of bff-admin, with their payloads. */
export type Jobs = {
  /** Carries out a decision whose outcome is not known, and closes its audit line. */
  settleDecision: { decisionId: string };
  /** Removes sessions that are over. */
  removeEndedSessions: unknown;
};

/** What the functions of bff-admin may use. */
export interface Context {
  db: PrismaClient;
  clock: Clock;
  queue: Queue<Jobs>;
  social: ServiceClient<SocialOperations>;
  financial: ServiceClient<FinancialOperations>;
  flagship: ServiceClient<FlagshipOperations>;
}

/** The database, or a transaction in it. */
export type Db = PrismaClient | Prisma.TransactionClient;

/** Builds the context; `resources` are to be closed when the process stops, `check` says whether the database is there. */
export async function createContext(
  config: Pick<Config, 'databaseUrl' | 'services'>,
  { name, clock = systemClock }: { name: string; clock?: Clock },
) {
  const { services } = config;
  const database = createDatabase(PrismaClient, { url: config.databaseUrl, schema: 'admin', name });
  const issuer = await createServiceTokenIssuer('bff-admin', services.tokenKey);
  const social = createServiceClient<SocialOperations>({
    document: loadDocument('social'),
    audience: 'social',
    url: services.socialUrl,
    issuer,
    retryReads: true,
  });
  const financial = createServiceClient<FinancialOperations>({
    document: loadDocument('financial'),
    audience: 'financial',
    url: services.financialUrl,
    issuer,
    retryReads: true,
  });
  const flagship = createServiceClient<FlagshipOperations>({
    document: loadDocument('flagship'),
    audience: 'flagship',
    url: services.flagshipUrl,
    issuer,
    retryReads: true,
  });
  const ctx: Context = {
    db: database.db,
    clock,
    queue: createQueue<Jobs>('admin_jobs'),
    social: social.client,
    financial: financial.client,
    flagship: flagship.client,
  };
  return { ctx, check: database.check, resources: [social, financial, flagship, database] };
}
