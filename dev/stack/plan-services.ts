import path from 'node:path';
import { httpEnvironment, local, processUrl, readyUrl, workerEnvironment } from './plan.ts';
import type { ProcessPlan, World } from './plan.ts';
import type { Issuer, Secrets } from './secrets.ts';

/** CLYNC's own processes. They tolerate any order, and need migrated databases. */
export function planServices(world: World): ProcessPlan[] {
  return [
    ...planSocial(world),
    ...planFinancial(world),
    ...planFlagship(world),
    planBffMobile(world),
    ...planBffAdmin(world),
  ];
}

function planSocial(world: World): ProcessPlan[] {
  const env = {
    ...world.settings.pick('LARGE_AUTHOR_FOLLOWERS', 'ACCOUNT_CLOSURE_DAYS'),
    DATABASE_URL: processUrl(world, 'social'),
    BLOB_CONNECTION_STRING: world.blobConnectionString,
  };
  return [
    planHttp(world, 'social', 'domain/social', {
      ...env,
      SERVICE_TOKEN_TRUST: trust(world.secrets, 'bff-mobile', 'bff-admin', 'financial', 'flagship'),
      REFRESH_TOKEN_KEY: world.secrets.refreshTokenKey,
    }),
    planWorker(world, 'social-worker', 'domain/social', {
      ...env,
      FINANCIAL_URL: local(world.ports.financial),
      FLAGSHIP_URL: local(world.ports.flagship),
      SERVICE_TOKEN_KEY: key(world.secrets, 'social'),
      PUSH_URL: local(world.ports['push-recorder']),
      ...world.settings.pick('MAIL_FROM'),
      SMTP_URL: `smtp://127.0.0.1:${String(world.ports['mailbox-smtp'])}`,
    }),
  ];
}

function planFinancial(world: World): ProcessPlan[] {
  const env = { DATABASE_URL: processUrl(world, 'financial') };
  return [
    planHttp(world, 'financial', 'domain/financial', {
      ...env,
      SERVICE_TOKEN_TRUST: trust(world.secrets, 'bff-mobile', 'bff-admin', 'flagship', 'social'),
      FLAGSHIP_URL: local(world.ports.flagship),
      SERVICE_TOKEN_KEY: key(world.secrets, 'financial'),
    }),
    planWorker(world, 'financial-worker', 'domain/financial', {
      ...env,
      FLAGSHIP_URL: local(world.ports.flagship),
      SOCIAL_URL: local(world.ports.social),
      SERVICE_TOKEN_KEY: key(world.secrets, 'financial'),
    }),
  ];
}

function planFlagship(world: World): ProcessPlan[] {
  const { ports, secrets, settings } = world;
  const env = {
    ...settings.pick(
      'PROVIDER_CLIENT_ID',
      'PROVIDER_TIMEOUT_MS',
      'PROVIDER_ALLOW_PRIVATE_ADDRESSES',
      'SYNC_EVERY_MINUTES',
      'TRANSFER_STALLS_HOURS',
    ),
    DATABASE_URL: processUrl(world, 'flagship'),
    PROVIDER_URL: local(ports['flagship-sandbox']),
    PROVIDER_CLIENT_SECRET: secrets.providerClientSecret,
    PROVIDER_REDIRECT_URI: `${local(ports['bff-mobile'])}/v1/connections/callback`,
    FLAGSHIP_TOKEN_KEYS: `development:${secrets.bankTokenKey}`,
  };
  return [
    planHttp(world, 'flagship', 'domain/flagship', {
      ...env,
      SERVICE_TOKEN_TRUST: trust(secrets, 'bff-mobile', 'bff-admin', 'financial', 'social'),
      FLAGSHIP_WEBHOOK_SECRETS: secrets.webhookSecret,
    }),
    planWorker(world, 'flagship-worker', 'domain/flagship', {
      ...env,
      FINANCIAL_URL: local(ports.financial),
      SOCIAL_URL: local(ports.social),
      SERVICE_TOKEN_KEY: key(secrets, 'flagship'),
    }),
  ];
}

function planBffMobile(world: World): ProcessPlan {
  const { ports, secrets, settings } = world;
  return planHttp(world, 'bff-mobile', 'bff-mobile', {
    ...settings.pick('STEP_UP_ABOVE_UNITS'),
    ...domainUrls(world),
    ADMIN_URL: local(ports['bff-admin']),
    SERVICE_TOKEN_KEY: key(secrets, 'bff-mobile'),
    USER_TOKEN_KEYS: JSON.stringify([secrets.userTokenKey.privateKey]),
  });
}

function planBffAdmin(world: World): ProcessPlan[] {
  const { devDir, ports, secrets, settings } = world;
  const env = {
    ...domainUrls(world),
    DATABASE_URL: processUrl(world, 'admin'),
    BLOB_CONNECTION_STRING: world.blobConnectionString,
    AUDIT_CHECKPOINT_TRUST: JSON.stringify([secrets.auditCheckpointKey.publicKey]),
    SERVICE_TOKEN_KEY: key(secrets, 'bff-admin'),
  };
  return [
    planHttp(world, 'bff-admin', 'bff-admin', {
      ...env,
      ...settings.pick(
        'ENTRA_TENANT_ID',
        'ENTRA_CLIENT_ID',
        'ENTRA_SCRIPT_CLIENT_IDS',
        'ENTRA_TOKEN_MAX_AGE_MINUTES',
        'ENTRA_APPS_MAY_APPROVE',
      ),
      SERVICE_TOKEN_TRUST: trust(secrets, 'bff-mobile'),
      PORTAL_URL: local(ports['bff-admin']),
      SESSION_SECRET: secrets.sessionSecret,
      ENTRA_AUTHORITY: `https://localhost:${String(ports.entra)}`,
      ENTRA_CLIENT_SECRET: secrets.portalClientSecret,
      ENTRA_CA_FILE: path.join(devDir, 'entra', 'ca.pem'),
    }),
    planWorker(world, 'bff-admin-worker', 'bff-admin', {
      ...env,
      AUDIT_CHECKPOINT_KEY: JSON.stringify(secrets.auditCheckpointKey.privateKey),
    }),
  ];
}

type HttpName = 'social' | 'financial' | 'flagship' | 'bff-mobile' | 'bff-admin';
type WorkerName = 'social-worker' | 'financial-worker' | 'flagship-worker' | 'bff-admin-worker';

function planHttp(world: World, name: HttpName, folder: string, env: Record<string, string>): ProcessPlan {
  return {
    name,
    entry: `${folder}/index.ts`,
    watches: [folder],
    readyUrl: readyUrl(world.ports, `${name}-private`),
    env: { ...httpEnvironment(world, name, `${name}-private`), ...env },
  };
}

function planWorker(world: World, name: WorkerName, folder: string, env: Record<string, string>): ProcessPlan {
  return {
    name,
    entry: `${folder}/worker.ts`,
    watches: [folder],
    readyUrl: readyUrl(world.ports, `${name}-private`),
    env: { ...workerEnvironment(world, `${name}-private`), ...env },
  };
}

/** `SERVICE_TOKEN_KEY` of a process. */
function key(secrets: Secrets, issuer: Issuer): string {
  return JSON.stringify(secrets.serviceKeys[issuer].privateKey);
}

/** `SERVICE_TOKEN_TRUST` of a process: those who may call it. */
function trust(secrets: Secrets, ...issuers: Issuer[]): string {
  return JSON.stringify(Object.fromEntries(issuers.map((issuer) => [issuer, secrets.serviceKeys[issuer].publicKey])));
}

function domainUrls({ ports }: World): Record<string, string> {
  return {
    SOCIAL_URL: local(ports.social),
    FINANCIAL_URL: local(ports.financial),
    FLAGSHIP_URL: local(ports.flagship),
  };
}
