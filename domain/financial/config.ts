import type { JWK } from 'jose';
import { databaseUrl, json, port, readEnv, url } from '#platform/env';
import { processSettings, processVariables } from '#platform/process-settings';
import type { ProcessSettings } from '#platform/process-settings';

/** What both processes, the service and its worker, need to know. */
export interface FinancialConfig {
  databaseUrl: string;
  logLevel: string;
}

export interface ServiceConfig extends FinancialConfig {
  settings: ProcessSettings;
  trust: Record<string, JWK>;
}

export interface WorkerConfig extends FinancialConfig {
  metricsPort: number;
  flagshipUrl: string;
  /** This process's private key for service tokens. */
  serviceTokenKey: JWK;
}

export function readServiceConfig(env: NodeJS.ProcessEnv): ServiceConfig {
  const values = readEnv(env, {
    ...processVariables,
    DATABASE_URL: databaseUrl(),
    SERVICE_TOKEN_TRUST: json(readObject<Record<string, JWK>>),
  });
  return {
    databaseUrl: values.DATABASE_URL,
    logLevel: values.LOG_LEVEL,
    settings: processSettings(values),
    trust: values.SERVICE_TOKEN_TRUST,
  };
}

export function readWorkerConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  const values = readEnv(env, {
    METRICS_PORT: port(),
    LOG_LEVEL: processVariables.LOG_LEVEL,
    DATABASE_URL: databaseUrl(),
    FLAGSHIP_URL: url(),
    SERVICE_TOKEN_KEY: json(readObject<JWK>),
  });
  return {
    databaseUrl: values.DATABASE_URL,
    logLevel: values.LOG_LEVEL,
    metricsPort: values.METRICS_PORT,
    flagshipUrl: values.FLAGSHIP_URL,
    serviceTokenKey: values.SERVICE_TOKEN_KEY,
  };
}

function readObject<T extends object>(value: unknown): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('must be a JSON object');
  return value as T;
}
