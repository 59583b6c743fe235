import { readFileSync } from 'node:fs';
import type { JWK } from 'jose';
import { databaseUrl, list, optional, readEnv, text, url, withDefault } from '#platform/env';
import { privateKey } from '#platform/env-keys';
import { processSettings, processVariables, workerVariables } from '#platform/process-settings';
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

/** What both processes, the service and its worker, need to know. */
export interface AdminConfig {
  databaseUrl: string;
  logLevel: string;
  socialUrl: string;
  financialUrl: string;
  flagshipUrl: string;
  /** This process's private key for service tokens. */
  serviceTokenKey: JWK;
}

export interface Config extends AdminConfig {
  settings: ProcessSettings;
  /** The portal's own origin, as browsers see it. */
  portalUrl: string;
  /** Signs session cookies; several are taken, the first one signs. */
  sessionSecrets: string[];
  azureAd: AzureAdConfig;
}

export interface WorkerConfig extends AdminConfig {
  metricsPort: number;
}

/** A file of certificates, read at once. */
const pemFile = { read: (file: string) => readFileSync(file, 'utf8') };

const sharedVariables = {
  LOG_LEVEL: workerVariables.LOG_LEVEL,
  DATABASE_URL: databaseUrl(),
  SOCIAL_URL: url(),
  FINANCIAL_URL: url(),
  FLAGSHIP_URL: url(),
  SERVICE_TOKEN_KEY: privateKey(),
};

export function readConfig(env: NodeJS.ProcessEnv): Config {
  const values = readEnv(env, {
    ...processVariables,
    ...sharedVariables,
    PORTAL_URL: url(),
    SESSION_SECRET: list(),
    ENTRA_AUTHORITY: url('https'),
    ENTRA_TENANT_ID: text(),
    ENTRA_CLIENT_ID: text(),
    ENTRA_CLIENT_SECRET: text(),
    ENTRA_SCRIPT_CLIENT_IDS: withDefault(list(), []),
    ENTRA_CA_FILE: optional(pemFile),
  });
  return {
    ...sharedConfig(values),
    settings: processSettings(values),
    portalUrl: values.PORTAL_URL,
    sessionSecrets: values.SESSION_SECRET,
    azureAd: {
      authority: values.ENTRA_AUTHORITY,
      tenantId: values.ENTRA_TENANT_ID,
      clientId: values.ENTRA_CLIENT_ID,
      clientSecret: values.ENTRA_CLIENT_SECRET,
      scriptClientIds: values.ENTRA_SCRIPT_CLIENT_IDS,
      ca: values.ENTRA_CA_FILE,
    },
  };
}

export function readWorkerConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  const values = readEnv(env, { ...workerVariables, ...sharedVariables });
  return { ...sharedConfig(values), metricsPort: values.METRICS_PORT };
}

function sharedConfig(values: ReturnType<typeof readEnv<typeof sharedVariables>>): AdminConfig {
  return {
    databaseUrl: values.DATABASE_URL,
    logLevel: values.LOG_LEVEL,
    socialUrl: values.SOCIAL_URL,
    financialUrl: values.FINANCIAL_URL,
    flagshipUrl: values.FLAGSHIP_URL,
    serviceTokenKey: values.SERVICE_TOKEN_KEY,
  };
}
