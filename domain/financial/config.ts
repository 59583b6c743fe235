import type { JWK } from 'jose';
import { databaseUrl, readEnv, url } from '#platform/env';
import { privateKey, trustedIssuers } from '#platform/env-keys';
import { processSettings, processVariables, workerVariables } from '#platform/process-settings';
import type { ProcessSettings } from '#platform/process-settings';
import type { TrustedIssuers } from '#platform/service-token';

/** What both processes, the service and its worker, need to know. */
export interface FinancialConfig {
  databaseUrl: string;
  logLevel: string;
}

export interface Config extends FinancialConfig {
  settings: ProcessSettings;
  trust: TrustedIssuers;
  flagshipUrl: string;
  /** This process's private key for service tokens. */
  serviceTokenKey: JWK;
}

export interface WorkerConfig extends FinancialConfig {
  metricsPort: number;
  flagshipUrl: string;
  socialUrl: string;
  /** This process's private key for service tokens. */
  serviceTokenKey: JWK;
}

const sharedVariables = {
  LOG_LEVEL: workerVariables.LOG_LEVEL,
  DATABASE_URL: databaseUrl(),
};

export function readConfig(env: NodeJS.ProcessEnv): Config {
  const values = readEnv(env, {
    ...processVariables,
    ...sharedVariables,
    SERVICE_TOKEN_TRUST: trustedIssuers(),
    FLAGSHIP_URL: url(),
    SERVICE_TOKEN_KEY: privateKey(),
  });
  return {
    ...sharedConfig(values),
    settings: processSettings(values),
    trust: values.SERVICE_TOKEN_TRUST,
    flagshipUrl: values.FLAGSHIP_URL,
    serviceTokenKey: values.SERVICE_TOKEN_KEY,
  };
}

export function readWorkerConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  const values = readEnv(env, {
    ...workerVariables,
    ...sharedVariables,
    FLAGSHIP_URL: url(),
    SOCIAL_URL: url(),
    SERVICE_TOKEN_KEY: privateKey(),
  });
  return {
    ...sharedConfig(values),
    metricsPort: values.METRICS_PORT,
    flagshipUrl: values.FLAGSHIP_URL,
    socialUrl: values.SOCIAL_URL,
    serviceTokenKey: values.SERVICE_TOKEN_KEY,
  };
}

function sharedConfig(values: ReturnType<typeof readEnv<typeof sharedVariables>>): FinancialConfig {
  return { databaseUrl: values.DATABASE_URL, logLevel: values.LOG_LEVEL };
}
