import type { JWK } from 'jose';
import { databaseUrl, flag, integer, readEnv, text, url, withDefault } from '#platform/env';
import { privateKey, trustedIssuers } from '#platform/env-keys';
import { processSettings, processVariables, workerVariables } from '#platform/process-settings';
import type { ProcessSettings } from '#platform/process-settings';
import type { TrustedIssuers } from '#platform/service-token';
import type { VaultKey } from './helpers/token-vault.ts';

/** What both processes, the service and its worker, need to know. */
export interface FlagshipConfig {
  databaseUrl: string;
  logLevel: string;
  provider: {
    url: string;
    clientId: string;
    clientSecret: string;
    redirectUri: string;
    timeoutMs: number;
    allowPrivateAddresses: boolean;
  };
  /** The keys of the vault for the provider's tokens; the first one seals. */
  tokenKeys: VaultKey[];
  /** How old the data of a connection may be before it is synced again. */
  syncEveryMs: number;
  /** After how long a transfer that is not final has stalled. */
  transferStallsMs: number;
}

export interface Config extends FlagshipConfig {
  settings: ProcessSettings;
  trust: TrustedIssuers;
  /** The secrets that webhooks may be signed with: one, or two while they change. */
  webhookSecrets: string[];
}

export interface WorkerConfig extends FlagshipConfig {
  metricsPort: number;
  financialUrl: string;
  socialUrl: string;
  /** This process's private key for service tokens. */
  serviceTokenKey: JWK;
}

const sharedVariables = {
  LOG_LEVEL: workerVariables.LOG_LEVEL,
  DATABASE_URL: databaseUrl(),
  PROVIDER_URL: url(),
  PROVIDER_CLIENT_ID: text(),
  PROVIDER_CLIENT_SECRET: text(),
  PROVIDER_REDIRECT_URI: url(),
  PROVIDER_TIMEOUT_MS: withDefault(integer({ min: 100, max: 30_000 }), 5_000),
  PROVIDER_ALLOW_PRIVATE_ADDRESSES: withDefault(flag(), false),
  FLAGSHIP_TOKEN_KEYS: { read: readTokenKeys },
  SYNC_EVERY_MINUTES: withDefault(integer({ min: 1, max: 1_440 }), 15),
  TRANSFER_STALLS_HOURS: withDefault(integer({ min: 1, max: 720 }), 24),
};

export function readConfig(env: NodeJS.ProcessEnv): Config {
  const values = readEnv(env, {
    ...processVariables,
    ...sharedVariables,
    SERVICE_TOKEN_TRUST: trustedIssuers(),
    FLAGSHIP_WEBHOOK_SECRETS: { read: readSecrets },
  });
  return {
    ...sharedConfig(values),
    settings: processSettings(values),
    trust: values.SERVICE_TOKEN_TRUST,
    webhookSecrets: values.FLAGSHIP_WEBHOOK_SECRETS,
  };
}

export function readWorkerConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  const values = readEnv(env, {
    ...workerVariables,
    ...sharedVariables,
    FINANCIAL_URL: url(),
    SOCIAL_URL: url(),
    SERVICE_TOKEN_KEY: privateKey(),
  });
  return {
    ...sharedConfig(values),
    metricsPort: values.METRICS_PORT,
    financialUrl: values.FINANCIAL_URL,
    socialUrl: values.SOCIAL_URL,
    serviceTokenKey: values.SERVICE_TOKEN_KEY,
  };
}

function sharedConfig(values: ReturnType<typeof readEnv<typeof sharedVariables>>): FlagshipConfig {
  return {
    databaseUrl: values.DATABASE_URL,
    logLevel: values.LOG_LEVEL,
    provider: {
      url: values.PROVIDER_URL,
      clientId: values.PROVIDER_CLIENT_ID,
      clientSecret: values.PROVIDER_CLIENT_SECRET,
      redirectUri: values.PROVIDER_REDIRECT_URI,
      timeoutMs: values.PROVIDER_TIMEOUT_MS,
      allowPrivateAddresses: values.PROVIDER_ALLOW_PRIVATE_ADDRESSES,
    },
    tokenKeys: values.FLAGSHIP_TOKEN_KEYS,
    syncEveryMs: values.SYNC_EVERY_MINUTES * 60_000,
    transferStallsMs: values.TRANSFER_STALLS_HOURS * 3_600_000,
  };
}

/** `whsec_…` or `whsec_…,whsec_…`. */
function readSecrets(raw: string): string[] {
  const secrets = raw.split(',').map((secret) => secret.trim());
  const areGood = secrets.every((secret) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64').length >= 24);
  if (!areGood || secrets.length > 2) {
    throw new Error('must be one or two secrets of at least 24 bytes, as whsec_<base64>');
  }
  return secrets;
}

/** `id:key,id:key`, each key 32 bytes in base64; no id twice, since a token names the key that sealed it. */
function readTokenKeys(raw: string): VaultKey[] {
  const keys = raw.split(',').map((entry) => {
    const [id = '', key = ''] = entry.trim().split(':');
    const bytes = Buffer.from(key, 'base64');
    if (!/^[\w-]+$/.test(id) || bytes.length !== 32) {
      throw new Error('must be id:key,… with keys of 32 bytes in base64');
    }
    return { id, key: bytes };
  });
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw new Error('must not name two keys alike');
  return keys;
}
