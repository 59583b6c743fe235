import { randomUUID } from 'node:crypto';
import { createUserTokens } from '../../bff-mobile/helpers/user-tokens.ts';
import { systemClock } from '../../platform/clock.ts';
import { createServiceTokenIssuer } from '../../platform/service-token.ts';
import { waitFor } from '../../platform/testing/wait.ts';
import { loadSecrets } from '../stack/secrets.ts';
import type { Stack } from '../stack/stack.ts';
import { readCpuMs } from './cpu.ts';
import { createBrowser } from './load.ts';
import type { Browser } from './load.ts';
import type { GatewayConfig } from './peers/gateway.ts';
import type { LimitConfig } from './peers/limit.ts';
import { startPeer } from './peers/peer.ts';
import { benchId } from './world/ids.ts';
import type { World } from './world/world.ts';

type Headers = Record<string, string>;

/** Everything that the measurements use: the stack with its peers, and how to be somebody to each of them. */
export interface Scene {
  world: World;
  /** By server: `bff-mobile`, `social`, `financial`, `flagship`, `limit`, `gateway`. */
  servers: Record<Server, Browser>;
  /** URLs of the financial database: as its processes use it, and as the owner of its schema. */
  financial: { processUrl: string; ownerUrl: string };
  /** As the phone of a person. */
  asPhone: (userId: string) => Promise<Headers>;
  /** As bff-mobile, for a person. */
  asService: (audience: 'social' | 'financial' | 'flagship', userId: string) => Promise<Headers>;
  /** Milliseconds of CPU that each process has used so far. */
  readCpu(): Record<string, number>;
  close(): Promise<void>;
}

const own = ['bff-mobile', 'social', 'financial', 'flagship'] as const;
type Server = (typeof own)[number] | 'limit' | 'gateway';

/** Starts the peers beside a running stack. */
export async function setScene(stack: Stack, devDir: string, world: World): Promise<Scene> {
  const { urls, postgres, migrations, blobConnectionString } = stack.endpoints;
  const { userTokenKey, serviceKeys } = loadSecrets(devDir);
  const tokenIssuer = urls['bff-mobile'] ?? '';
  const serviceTokenKey = serviceKeys['bff-mobile'].privateKey;
  const userTokens = await createUserTokens([userTokenKey.privateKey], tokenIssuer, systemClock);
  const issuer = await createServiceTokenIssuer('bff-mobile', serviceTokenKey);

  const limit = await startPeer<LimitConfig>('limit', {
    socialDatabase: postgres['social'] ?? '',
    financialDatabase: postgres['financial'] ?? '',
    mediaUrl: /BlobEndpoint=([^;]+)/.exec(blobConnectionString)?.[1] ?? '',
  });
  const services = Object.fromEntries(own.slice(1).map((name) => [name, urls[name] ?? '']));
  const config = { services, userTokenKey: userTokenKey.privateKey, tokenIssuer, serviceTokenKey };
  const gateway = await startPeer<GatewayConfig>('gateway', config);

  const servers = Object.fromEntries(
    [...own.map((name) => [name, urls[name] ?? ''] as const), ['limit', limit.url] as const, ['gateway', gateway.url] as const] // prettier-ignore
      .map(([name, url]) => [name, createBrowser(url)]),
  ) as Record<Server, Browser>;

  const asPhone = async (userId: string) =>
    bearer((await userTokens.issueAccess({ userId, sessionId: randomUUID() })).token);
  await waitForWholeScreen(servers['bff-mobile'], await asPhone(benchId('person', 1)));
  return {
    world,
    servers,
    financial: { processUrl: postgres['financial'] ?? '', ownerUrl: migrations['financial'] ?? '' },
    asPhone,
    asService: async (audience, userId) => bearer(await issuer.issue(audience, { userId })),
    readCpu: () => ({
      ...Object.fromEntries(own.map((name) => [name, readCpuMs(stack.process(name).pid ?? 0)])),
      limit: readCpuMs(limit.pid),
      gateway: readCpuMs(gateway.pid),
      postgres: readCpuMs(stack.process('postgres').pid ?? 0, { withChildren: true }),
      bench: readCpuMs(process.pid),
    }),
    close: async () => {
      await Promise.all(Object.values(servers).map((server) => server.close()));
      await Promise.all([limit.stop(), gateway.stop()]);
    },
  };
}

/** What bff-mobile asks for now and then, such as announcements, may not be there yet. */
async function waitForWholeScreen(mobile: Browser, headers: Headers): Promise<void> {
  const isWhole = async () => isWholeScreen((await mobile.get('/v1/screens/home', headers)).body);
  await waitFor('a screen without a missing section', isWhole, { timeoutMs: 40_000, everyMs: 500 });
}

/** Only a section that is not fresh says when to try again. */
export function isWholeScreen(body: Buffer): boolean {
  return !body.includes('"retryAfterSeconds"');
}

function bearer(token: string): Headers {
  return { authorization: `Bearer ${token}` };
}
