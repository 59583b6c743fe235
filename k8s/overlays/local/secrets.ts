import { randomBytes } from 'node:crypto';
import { databaseUrl, readDatabases, roleUrl } from '#platform/database-setup';
import { generateServiceKey, generateServiceKeys } from '#platform/testing/service-keys';

/** The secrets of a cluster of one's own, by Secret and key, with new random values each time. */
export function makeSecrets(): Record<string, Record<string, string>> {
  const { keys, trust } = generateServiceKeys(['bff-mobile', 'bff-admin', 'social', 'financial', 'flagship', 'people']);
  const keyOf = (issuer: string) => JSON.stringify(keys[issuer]?.privateKey);
  const trustIn = (...issuers: string[]) =>
    JSON.stringify(Object.fromEntries(issuers.map((issuer) => [issuer, trust[issuer]])));
  const blobKey = randomBytes(64).toString('base64');
  const blobs = `DefaultEndpointsProtocol=http;AccountName=clync;AccountKey=${blobKey};BlobEndpoint=http://azurite:10000/clync;`;
  const checkpointKey = generateServiceKey();
  const postgres = { POSTGRES_PASSWORD: password() };
  const { processes, migrations } = databaseUrls(postgres.POSTGRES_PASSWORD);

  return {
    postgres: { ...postgres, POSTGRES_ADMIN_URL: adminUrl(postgres.POSTGRES_PASSWORD) },
    azurite: { AZURITE_ACCOUNTS: `clync:${blobKey}` },
    entra: { SCRIPT_CLIENT_SECRET: password() },
    migrations,
    'bff-mobile': {
      SERVICE_TOKEN_KEY: keyOf('bff-mobile'),
      USER_TOKEN_KEYS: JSON.stringify([keys['people']?.privateKey]),
    },
    'bff-admin': {
      DATABASE_URL: processes['admin'] ?? '',
      BLOB_CONNECTION_STRING: blobs,
      AUDIT_CHECKPOINT_KEY: JSON.stringify(checkpointKey.privateKey),
      AUDIT_CHECKPOINT_TRUST: JSON.stringify([checkpointKey.publicKey]),
      SERVICE_TOKEN_KEY: keyOf('bff-admin'),
      SERVICE_TOKEN_TRUST: trustIn('bff-mobile'),
      SESSION_SECRET: password(),
      ENTRA_CLIENT_SECRET: password(),
    },
    social: {
      DATABASE_URL: processes['social'] ?? '',
      BLOB_CONNECTION_STRING: blobs,
      REFRESH_TOKEN_KEY: password(),
      SERVICE_TOKEN_KEY: keyOf('social'),
      // A hub that nobody has: a cluster of one's own pushes to no phone.
      AZURE_NOTIFICATION_HUB_CONNECTION_STRING: `Endpoint=sb://hub.invalid/;SharedAccessKeyName=push;SharedAccessKey=${password()}`,
      AZURE_NOTIFICATION_HUB_NAME: 'clync',
      SMTP_URL: 'smtp://mailbox:2525',
      SERVICE_TOKEN_TRUST: trustIn('bff-mobile', 'bff-admin', 'financial', 'flagship'),
    },
    financial: {
      DATABASE_URL: processes['financial'] ?? '',
      SERVICE_TOKEN_KEY: keyOf('financial'),
      SERVICE_TOKEN_TRUST: trustIn('bff-mobile', 'bff-admin', 'flagship', 'social'),
    },
    flagship: {
      DATABASE_URL: processes['flagship'] ?? '',
      FLAGSHIP_TOKEN_KEYS: `local:${randomBytes(32).toString('base64')}`,
      FLAGSHIP_WEBHOOK_SECRETS: `whsec_${randomBytes(32).toString('base64')}`,
      PROVIDER_CLIENT_SECRET: password(),
      SERVICE_TOKEN_KEY: keyOf('flagship'),
      SERVICE_TOKEN_TRUST: trustIn('bff-mobile', 'bff-admin', 'financial', 'social'),
    },
  };
}

/** For each owner, the URL of its processes, and that of its migrations (by the variable that names it). */
function databaseUrls(adminPassword: string) {
  const processes: Record<string, string> = {};
  const migrations: Record<string, string> = {};
  for (const [database, owners] of Object.entries(readDatabases())) {
    const url = databaseUrl(adminUrl(adminPassword), database);
    for (const owner of owners) {
      processes[owner] = roleUrl(url, { role: owner, password: password() });
      migrations[`${owner.toUpperCase()}_OWNER_DATABASE_URL`] = roleUrl(url, {
        role: `${owner}_owner`,
        password: password(),
      });
    }
  }
  return { processes, migrations };
}

function adminUrl(adminPassword: string): string {
  return roleUrl('postgres://postgres:5432/postgres', { role: 'postgres', password: adminPassword });
}

function password(): string {
  return randomBytes(32).toString('base64url');
}
