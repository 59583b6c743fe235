import { readFileSync } from 'node:fs';
import type { JWK } from 'jose';
import { blobVariables, readBlobAccess } from '#platform/blobs';
import type { BlobAccess } from '#platform/blobs';
import { databaseUrl, flag, integer, list, optional, readEnv, text, url, withDefault } from '#platform/env';
import { privateKey, publicKeys, trustedIssuers } from '#platform/env-keys';
import { processSettings, processVariables, workerVariables } from '#platform/process-settings';
import type { ProcessSettings } from '#platform/process-settings';
import type { TrustedIssuers } from '#platform/service-token';

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
  /** How long after its `iat` an access token is taken: as long as a role outlives its removal at Azure AD. */
  tokenMaxAgeMinutes: number;
  /** Whether a script with a token of its own may be the second person of a proposal: whoever has its secret may be the first one. */
  appsMayApprove: boolean;
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
  blobAccess: BlobAccess;
  checkpoints: CheckpointConfig;
}

/** Where the head of the audit log is kept outside of the database. */
export interface CheckpointConfig {
  /** The container in Blob Storage. */
  container: string;
  /** The public keys that a checkpoint may be signed with: of now, and of former times. */
  trust: JWK[];
}

export interface Config extends AdminConfig {
  settings: ProcessSettings;
  /** Whose service tokens are taken: the phone's BFF asks what phones are told. */
  trust: TrustedIssuers;
  /** The portal's own origin, as browsers see it. */
  portalUrl: string;
  /** Signs session cookies; several are taken, the first one signs. */
  sessionSecrets: string[];
  azureAd: AzureAdConfig;
}

export interface WorkerConfig extends AdminConfig {
  metricsPort: number;
  /** Signs checkpoints of the audit log. The worker alone has it, so that whoever takes the portal over cannot sign. */
  checkpointKey: JWK;
  /** For how many days nobody can change or delete a checkpoint; undefined where the container has a policy of its own. */
  checkpointLockDays: number | undefined;
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
  ...blobVariables,
  AUDIT_CHECKPOINT_CONTAINER: withDefault(text(), 'audit-checkpoints'),
  AUDIT_CHECKPOINT_TRUST: publicKeys(),
};

export function readConfig(env: NodeJS.ProcessEnv): Config {
  const values = readEnv(env, {
    ...processVariables,
    ...sharedVariables,
    SERVICE_TOKEN_TRUST: trustedIssuers(),
    PORTAL_URL: url(),
    SESSION_SECRET: list(),
    ENTRA_AUTHORITY: url('https'),
    ENTRA_TENANT_ID: text(),
    ENTRA_CLIENT_ID: text(),
    ENTRA_CLIENT_SECRET: text(),
    ENTRA_SCRIPT_CLIENT_IDS: withDefault(list(), []),
    ENTRA_TOKEN_MAX_AGE_MINUTES: withDefault(integer({ min: 1, max: 1500 }), 10),
    ENTRA_APPS_MAY_APPROVE: withDefault(flag(), false),
    ENTRA_CA_FILE: optional(pemFile),
  });
  return {
    ...sharedConfig(values),
    settings: processSettings(values),
    trust: values.SERVICE_TOKEN_TRUST,
    portalUrl: values.PORTAL_URL,
    sessionSecrets: values.SESSION_SECRET,
    azureAd: {
      authority: values.ENTRA_AUTHORITY,
      tenantId: values.ENTRA_TENANT_ID,
      clientId: values.ENTRA_CLIENT_ID,
      clientSecret: values.ENTRA_CLIENT_SECRET,
      scriptClientIds: values.ENTRA_SCRIPT_CLIENT_IDS,
      tokenMaxAgeMinutes: values.ENTRA_TOKEN_MAX_AGE_MINUTES,
      appsMayApprove: values.ENTRA_APPS_MAY_APPROVE,
      ca: values.ENTRA_CA_FILE,
    },
  };
}

export function readWorkerConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  const values = readEnv(env, {
    ...workerVariables,
    ...sharedVariables,
    AUDIT_CHECKPOINT_KEY: privateKey(),
    AUDIT_CHECKPOINT_LOCK_DAYS: optional(integer({ min: 1, max: 36_500 })),
  });
  return {
    ...sharedConfig(values),
    metricsPort: values.METRICS_PORT,
    checkpointKey: values.AUDIT_CHECKPOINT_KEY,
    checkpointLockDays: values.AUDIT_CHECKPOINT_LOCK_DAYS,
  };
}

function sharedConfig(values: ReturnType<typeof readEnv<typeof sharedVariables>>): AdminConfig {
  return {
    databaseUrl: values.DATABASE_URL,
    logLevel: values.LOG_LEVEL,
    socialUrl: values.SOCIAL_URL,
    financialUrl: values.FINANCIAL_URL,
    flagshipUrl: values.FLAGSHIP_URL,
    serviceTokenKey: values.SERVICE_TOKEN_KEY,
    blobAccess: readBlobAccess(values),
    checkpoints: { container: values.AUDIT_CHECKPOINT_CONTAINER, trust: values.AUDIT_CHECKPOINT_TRUST },
  };
}
