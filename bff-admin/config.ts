import { readFileSync } from 'node:fs';
import type { JWK } from 'jose';
import { databaseUrl, json, optional, readEnv, text, url } from '#platform/env';
import { processSettings, processVariables } from '#platform/process-settings';
import type { ProcessSettings } from '#platform/process-settings';

/** How the portal is registered in Azure AD. */
export interface AzureAdConfig {
  /** `https://login.microsoftonline.com`, or the stand-in's origin. */
  authority: string;
  tenantId: string;
  /** The portal's client id, which is also the audience of its API. */
  clientId: string;
  clientSecret: string;
  /** The clients, beside the portal itself, that may call with access tokens. */
  scriptClientIds: string[];
  /** Certificates to trust in place of the system's, as PEM; for a stand-in with its own authority. */
  ca: string | undefined;
}

export interface Services {
  socialUrl: string;
  financialUrl: string;
  flagshipUrl: string;
  tokenKey: JWK;
}

export interface Config {
  settings: ProcessSettings;
  databaseUrl: string;
  /** The portal's own origin, as browsers see it. */
  portalUrl: string;
  /** Signs session cookies; several are taken, the first one signs. */
  sessionSecrets: string[];
  azureAd: AzureAdConfig;
  services: Services;
}

/** What the worker needs: no ports but the private one, and nothing of sign-in. */
export type WorkerConfig = Pick<Config, 'databaseUrl' | 'services'> & { metricsPort: number; logLevel: string };

const { METRICS_PORT, LOG_LEVEL } = processVariables;

/** A file of certificates, read at once. */
const pemFile = { read: (file: string) => readFileSync(file, 'utf8') };

const serviceVariables = {
  DATABASE_URL: databaseUrl(),
  SOCIAL_URL: url(),
  FINANCIAL_URL: url(),
  FLAGSHIP_URL: url(),
  SERVICE_TOKEN_KEY: json(readPrivateKey),
};

export function readConfig(env: NodeJS.ProcessEnv): Config {
  const values = readEnv(env, {
    ...processVariables,
    ...serviceVariables,
    PORTAL_URL: url(),
    SESSION_SECRET: text(),
    ENTRA_AUTHORITY: url('https'),
    ENTRA_TENANT_ID: text(),
    ENTRA_CLIENT_ID: text(),
    ENTRA_CLIENT_SECRET: text(),
    ENTRA_SCRIPT_CLIENT_IDS: optional(text()),
    ENTRA_CA_FILE: optional(pemFile),
  });
  return {
    settings: processSettings(values),
    databaseUrl: values.DATABASE_URL,
    portalUrl: values.PORTAL_URL,
    sessionSecrets: list(values.SESSION_SECRET),
    azureAd: {
      authority: values.ENTRA_AUTHORITY,
      tenantId: values.ENTRA_TENANT_ID,
      clientId: values.ENTRA_CLIENT_ID,
      clientSecret: values.ENTRA_CLIENT_SECRET,
      scriptClientIds: list(values.ENTRA_SCRIPT_CLIENT_IDS ?? ''),
      ca: values.ENTRA_CA_FILE,
    },
    services: readServices(values),
  };
}

export function readWorkerConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  const values = readEnv(env, { METRICS_PORT, LOG_LEVEL, ...serviceVariables });
  return {
    metricsPort: values.METRICS_PORT,
    logLevel: values.LOG_LEVEL,
    databaseUrl: values.DATABASE_URL,
    services: readServices(values),
  };
}

function readServices(values: {
  SOCIAL_URL: string;
  FINANCIAL_URL: string;
  FLAGSHIP_URL: string;
  SERVICE_TOKEN_KEY: JWK;
}): Services {
  return {
    socialUrl: values.SOCIAL_URL,
    financialUrl: values.FINANCIAL_URL,
    flagshipUrl: values.FLAGSHIP_URL,
    tokenKey: values.SERVICE_TOKEN_KEY,
  };
}

function readPrivateKey(value: unknown): JWK {
  const key = value as JWK | null;
  if (key?.kty !== 'OKP' || key.d === undefined) throw new Error('must be a private Ed25519 JWK');
  return key;
}

function list(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
