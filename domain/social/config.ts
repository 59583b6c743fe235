import type { JWK } from 'jose';
import { blobVariables, readBlobAccess } from '#platform/blobs';
import type { BlobAccess } from '#platform/blobs';
import { ConfigError, databaseUrl, integer, optional, readEnv, text, url, withDefault } from '#platform/env';
import { privateKey, trustedIssuers } from '#platform/env-keys';
import { processSettings, processVariables, workerVariables } from '#platform/process-settings';
import type { ProcessSettings } from '#platform/process-settings';
import type { TrustedIssuers } from '#platform/service-token';
import type { MailConfig } from './services/mailer.ts';
import type { PushSettings } from './services/push/push-port.ts';

/** What both processes, the service and its worker, need to know. */
export interface SocialConfig {
  databaseUrl: string;
  logLevel: string;
  blobAccess: BlobAccess;
  /** From how many followers on an author's posts are merged in when a feed is read, and not delivered. */
  largeAuthorFollowers: number;
  /** How long a person can come back after they asked for the deletion of their account. */
  accountClosureDays: number;
}

export interface Config extends SocialConfig {
  settings: ProcessSettings;
  trust: TrustedIssuers;
  /** The secret by which the successor of a refresh token is derived. */
  refreshTokenKey: string;
}

export interface WorkerConfig extends SocialConfig {
  push: PushSettings;
  metricsPort: number;
  financialUrl: string;
  flagshipUrl: string;
  /** This process's private key for service tokens. */
  serviceTokenKey: JWK;
  mail: MailConfig;
}

const sharedVariables = {
  LOG_LEVEL: workerVariables.LOG_LEVEL,
  DATABASE_URL: databaseUrl(),
  ...blobVariables,
  LARGE_AUTHOR_FOLLOWERS: withDefault(integer({ min: 1 }), 10_000),
  ACCOUNT_CLOSURE_DAYS: withDefault(integer({ min: 1, max: 90 }), 14),
};

const pushVariables = {
  AZURE_NOTIFICATION_HUB_CONNECTION_STRING: optional(text()),
  AZURE_NOTIFICATION_HUB_NAME: optional(text()),
  PUSH_URL: optional(url()),
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
  const values = readEnv(env, {
    ...workerVariables,
    ...sharedVariables,
    FINANCIAL_URL: url(),
    FLAGSHIP_URL: url(),
    SERVICE_TOKEN_KEY: privateKey(),
    SMTP_URL: url('smtp', 'smtps'),
    MAIL_FROM: text(),
    ...pushVariables,
  });
  return {
    ...sharedConfig(values),
    metricsPort: values.METRICS_PORT,
    push: pushSettings(values),
    financialUrl: values.FINANCIAL_URL,
    flagshipUrl: values.FLAGSHIP_URL,
    serviceTokenKey: values.SERVICE_TOKEN_KEY,
    mail: { smtpUrl: values.SMTP_URL, from: values.MAIL_FROM },
  };
}

function sharedConfig(values: ReturnType<typeof readEnv<typeof sharedVariables>>): SocialConfig {
  return {
    databaseUrl: values.DATABASE_URL,
    logLevel: values.LOG_LEVEL,
    blobAccess: readBlobAccess(values),
    largeAuthorFollowers: values.LARGE_AUTHOR_FOLLOWERS,
    accountClosureDays: values.ACCOUNT_CLOSURE_DAYS,
  };
}

/** A hub, or else the recorder of a development stack. */
function pushSettings(values: ReturnType<typeof readEnv<typeof pushVariables>>): PushSettings {
  const { AZURE_NOTIFICATION_HUB_CONNECTION_STRING: connectionString, AZURE_NOTIFICATION_HUB_NAME: hubName } = values;
  if (connectionString !== undefined && hubName !== undefined) return { connectionString, hubName };
  if (values.PUSH_URL !== undefined) return { recorderUrl: values.PUSH_URL };
  throw new ConfigError(['AZURE_NOTIFICATION_HUB_CONNECTION_STRING or AZURE_NOTIFICATION_HUB_NAME is missing']);
}

function secret() {
  return {
    read: (raw: string) => {
      if (raw.length < 32) throw new Error('must have at least 32 characters');
      return raw;
    },
  };
}
