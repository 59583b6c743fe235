import { databaseUrl, integer, readEnv, text, withDefault } from '#platform/env';
import { trustedIssuers } from '#platform/env-keys';
import { processSettings, processVariables, workerVariables } from '#platform/process-settings';
import type { ProcessSettings } from '#platform/process-settings';
import type { TrustedIssuers } from '#platform/service-token';

/** What both processes, the service and its worker, need to know. */
export interface SocialConfig {
  databaseUrl: string;
  logLevel: string;
  blobConnectionString: string;
  /** From how many followers on an author's posts are merged in when a feed is read, and not delivered. */
  largeAuthorFollowers: number;
}

export interface Config extends SocialConfig {
  settings: ProcessSettings;
  trust: TrustedIssuers;
  /** The secret by which the successor of a refresh token is derived. */
  refreshTokenKey: string;
}

export interface WorkerConfig extends SocialConfig {
  metricsPort: number;
}

const sharedVariables = {
  LOG_LEVEL: workerVariables.LOG_LEVEL,
  DATABASE_URL: databaseUrl(),
  BLOB_CONNECTION_STRING: text(),
  LARGE_AUTHOR_FOLLOWERS: withDefault(integer({ min: 1 }), 10_000),
};

export function readConfig(env: NodeJS.ProcessEnv): Config {
  const values = readEnv(env, {
    ...processVariables,
    ...sharedVariables,
    SERVICE_TOKEN_TRUST: trustedIssuers(),
    REFRESH_TOKEN_KEY: secret(),
  });
  return {
    ...sharedConfig(values),
    settings: processSettings(values),
    trust: values.SERVICE_TOKEN_TRUST,
    refreshTokenKey: values.REFRESH_TOKEN_KEY,
  };
}

export function readWorkerConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  const values = readEnv(env, { ...workerVariables, ...sharedVariables });
  return { ...sharedConfig(values), metricsPort: values.METRICS_PORT };
}

function sharedConfig(values: ReturnType<typeof readEnv<typeof sharedVariables>>): SocialConfig {
  return {
    databaseUrl: values.DATABASE_URL,
    logLevel: values.LOG_LEVEL,
    blobConnectionString: values.BLOB_CONNECTION_STRING,
    largeAuthorFollowers: values.LARGE_AUTHOR_FOLLOWERS,
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
