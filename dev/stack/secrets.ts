import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readDatabases } from '../../platform/database-setup.ts';
import { generateServiceKey } from '../../platform/testing/service-keys.ts';
import type { ServiceKey } from '../../platform/testing/service-keys.ts';

const issuers = ['bff-mobile', 'bff-admin', 'social', 'financial', 'flagship'] as const;
export type Issuer = (typeof issuers)[number];

/** What no one may commit: made at the first start of a development folder, and kept in it for its owner alone. */
export interface Secrets {
  postgresPassword: string;
  /** By role: `social`, `social_owner`, … */
  rolePasswords: Record<string, string>;
  blobAccountKey: string;
  serviceKeys: Record<Issuer, ServiceKey>;
  /** Signs the access tokens of the phone app. */
  userTokenKey: ServiceKey;
  /** Signs the checkpoints of the audit log. */
  auditCheckpointKey: ServiceKey;
  sessionSecret: string;
  refreshTokenKey: string;
  /** Seals bank tokens: 32 bytes in base64. */
  bankTokenKey: string;
  portalClientSecret: string;
  scriptClientSecret: string;
  providerClientSecret: string;
  /** `whsec_…`, as Standard Webhooks writes it. */
  webhookSecret: string;
}

/** Reads the secrets of a development folder; makes those that it does not have yet. */
export function loadSecrets(devDir: string): Secrets {
  const file = path.join(devDir, 'secrets.json');
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>) : {};
  const made = generateSecrets();
  const secrets: Secrets = {
    ...made,
    ...kept,
    rolePasswords: { ...made.rolePasswords, ...kept.rolePasswords },
    serviceKeys: { ...made.serviceKeys, ...kept.serviceKeys },
  };
  mkdirSync(devDir, { recursive: true });
  writeFileSync(file, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600 });
  return secrets;
}

function generateSecrets(): Secrets {
  const roles = Object.values(readDatabases()).flatMap((owners) =>
    owners.flatMap((owner) => [owner, `${owner}_owner`]),
  );
  return {
    postgresPassword: password(),
    rolePasswords: Object.fromEntries(roles.map((role) => [role, password()])),
    blobAccountKey: randomBytes(64).toString('base64'),
    serviceKeys: Object.fromEntries(issuers.map((issuer) => [issuer, generateServiceKey()])) as Secrets['serviceKeys'],
    userTokenKey: generateServiceKey(),
    auditCheckpointKey: generateServiceKey(),
    sessionSecret: password(),
    refreshTokenKey: password(),
    bankTokenKey: randomBytes(32).toString('base64'),
    portalClientSecret: password(),
    scriptClientSecret: password(),
    providerClientSecret: password(),
    webhookSecret: `whsec_${randomBytes(32).toString('base64')}`,
  };
}

function password(): string {
  return randomBytes(32).toString('base64url');
}
