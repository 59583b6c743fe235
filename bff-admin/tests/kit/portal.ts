import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock } from '#platform/clock';
import { createTestDatabases } from '#platform/testing/databases';
import type { TestDatabases } from '#platform/testing/databases';
import { findFreePorts } from '#platform/testing/ports';
import { testServers } from '#platform/testing/servers';
import { generateServiceKey } from '#platform/testing/service-keys';
import { testSettings } from '#platform/testing/test-settings';
import { waitFor } from '#platform/testing/wait';
import { startEntra } from '../../../dev/entra/start-entra.ts';
import type { Entra } from '../../../dev/entra/start-entra.ts';
import type { Config } from '../../config.ts';
import { createAdminService } from '../../service.ts';

export const tenantId = 'c1c1c1c1-0000-4000-8000-000000000001';
export const portalClient = { id: 'c1c1c1c1-0000-4000-8000-00000000000a', secret: 'portal-secret' };
export const scriptClient = { id: 'c1c1c1c1-0000-4000-8000-00000000000b', secret: 'script-secret' };
/** The key of the phone's BFF, whose service tokens the portal takes. */
export const phoneKey = generateServiceKey();
/** Signs the checkpoints that the portal under test trusts. */
export const checkpointKey = generateServiceKey();
const scriptOid = 'a11ce000-0000-4000-8000-0000000000f2';

export interface Portal {
  url: string;
  config: Config;
  entra: Entra;
  databases: TestDatabases;
  stop(): Promise<void>;
}

interface Options {
  clock?: Clock;
  /** Changes the configuration before the start. */
  configure?: (config: Config) => Config;
  /** Changes the stand-in before the portal first asks it, which then may never be ready. */
  prepareEntra?: (entra: Entra) => void;
  /** Whether to wait until the portal is ready; by default, yes. */
  ready?: boolean;
}

/** Starts the stand-in and the portal, on a database of their own. Behind the portal's services nobody listens. */
export async function startPortal({
  clock,
  configure = (config) => config,
  prepareEntra,
  ready = true,
}: Options = {}): Promise<Portal> {
  const [port = 0, nobody = 0] = await findFreePorts(2);
  const url = `http://localhost:${String(port)}`;
  const { entra, stop: stopEntra } = await startTestEntra(url);
  prepareEntra?.(entra);
  const databases = await createTestDatabases();
  const config = configure(testConfig({ port, nobody, entra, databaseUrl: databases.url('admin') }));
  const service = await createAdminService(config, clock);
  await service.start();
  if (ready) await waitFor('the portal to be ready', async () => (await fetch(`${url}/readyz`)).ok);
  return {
    url,
    config,
    entra,
    databases,
    stop: async () => {
      await service.stop();
      await stopEntra();
      await databases.drop();
    },
  };
}

/** The stand-in with a data folder that goes away with it. */
export async function startTestEntra(portalUrl: string, port = 0) {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'clync-entra-'));
  const entra = await startEntra({
    port,
    dataDir,
    tenantId,
    clients: [
      {
        ...portalClient,
        oid: 'a11ce000-0000-4000-8000-0000000000f1',
        name: 'portal',
        redirectUris: [`${portalUrl}/auth/callback`],
        logoutUris: [`${portalUrl}/`],
        frontChannelLogoutUri: `${portalUrl}/auth/frontchannel-logout`,
        roles: [],
      },
      {
        ...scriptClient,
        oid: scriptOid,
        name: 'scripts',
        redirectUris: [],
        logoutUris: [],
        roles: ['Admin', 'Auditor'],
      },
    ],
  });
  return {
    entra,
    stop: async () => {
      await entra.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}

interface ConfigParts {
  port: number;
  nobody: number;
  entra: Pick<Entra, 'origin' | 'ca'>;
  databaseUrl: string;
}

export function testConfig({ port, nobody, entra, databaseUrl }: ConfigParts): Config {
  const dead = `http://localhost:${String(nobody)}`;
  return {
    settings: testSettings({ port, trustedProxies: ['loopback'] }),
    trust: { 'bff-mobile': phoneKey.publicKey },
    databaseUrl,
    logLevel: 'silent',
    socialUrl: dead,
    financialUrl: dead,
    flagshipUrl: dead,
    serviceTokenKey: generateServiceKey().privateKey,
    blobAccess: testServers().blobConnectionString,
    checkpoints: { container: `checkpoints-${randomUUID()}`, trust: [checkpointKey.publicKey] },
    portalUrl: `http://localhost:${String(port)}`,
    sessionSecrets: ['a secret for tests'],
    azureAd: {
      authority: entra.origin,
      tenantId,
      clientId: portalClient.id,
      clientSecret: portalClient.secret,
      scriptClientIds: [scriptClient.id],
      // Clocks of tests run away from that of the stand-in.
      tokenMaxAgeMinutes: 30 * 24 * 60,
      appsMayApprove: false,
      ca: entra.ca,
    },
  };
}

/** The claims of a good access token of the script client; a test changes what it is about. */
export function scriptClaims(changes: Record<string, unknown> = {}) {
  const base = {
    aud: portalClient.id,
    azp: scriptClient.id,
    azpacr: '1',
    oid: scriptOid,
    sub: scriptOid,
    roles: ['Admin', 'Auditor'],
  };
  return { ...base, ...changes };
}

/** What Azure AD puts into the token by which a client acts for a person. */
export function personClaims(changes: { oid: string } & Record<string, unknown>) {
  return scriptClaims({ sub: 'pairwise', scp: 'access_as_user', ...changes });
}
