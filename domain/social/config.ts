import type { JWK } from 'jose';
import { databaseUrl, integer, json, port, readEnv, text, withDefault } from '#platform/env';
import { processSettings, processVariables } from '#platform/process-settings';
import type { ProcessSettings } from '#platform/process-settings';

/** What both processes, the service and its worker, need to know. */
export interface SocialConfig {
  databaseUrl: string;
  blobConnectionString: string;
  logLevel: string;
  /** From how many followers on an author's posts are merged in when a feed is read, and not delivered. */
  largeAuthorFollowers: number;
}

export interface ServiceConfig extends SocialConfig {
  settings: ProcessSettings;
  trust: Record<string, JWK>;
  /** The secret by which the successor of a refresh token is derived. */
  refreshTokenKey: string;
}

export interface WorkerConfig extends SocialConfig {
  metricsPort: number;
}

const sharedVariables = {
  DATABASE_URL: databaseUrl(),
  BLOB_CONNECTION_STRING: text(),
  LARGE_AUTHOR_FOLLOWERS: withDefault(integer({ min: 1 }), 10_000),
};

export function readServiceConfig(env: NodeJS.ProcessEnv): ServiceConfig {
  const values = readEnv(env, {
    ...processVariables,
    ...sharedVariables,
    SERVICE_TOKEN_TRUST: json(readTrust),
    REFRESH_TOKEN_KEY: secret(),
  });
  return {
    ...sharedConfig(values, values.LOG_LEVEL),
    settings: processSettings(values),
    trust: values.SERVICE_TOKEN_TRUST,
    refreshTokenKey: values.REFRESH_TOKEN_KEY,
  };
}

export function readWorkerConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  const values = readEnv(env, {
    ...sharedVariables,
    METRICS_PORT: port(),
    LOG_LEVEL: processVariables.LOG_LEVEL,
  });
  return { ...sharedConfig(values, values.LOG_LEVEL), metricsPort: values.METRICS_PORT };
}

function sharedConfig(
  values: { DATABASE_URL: string; BLOB_CONNECTION_STRING: string; LARGE_AUTHOR_FOLLOWERS: number },
  logLevel: string,
): SocialConfig {
  return {
    databaseUrl: values.DATABASE_URL,
    blobConnectionString: values.BLOB_CONNECTION_STRING,
    largeAuthorFollowers: values.LARGE_AUTHOR_FOLLOWERS,
    logLevel,
  };
}

function secret() {
  return {
    read: (raw: string) => {
      if (raw.length < 32) throw new Error('must have at least 32 characters');
      return raw;
    },
  };
}

function readTrust(value: unknown): Record<string, JWK> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('must be an object of public keys by issuer');
  }
  return value as Record<string, JWK>;
}
