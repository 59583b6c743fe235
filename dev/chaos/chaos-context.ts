import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import { createUserTokens } from '../../bff-mobile/helpers/user-tokens.ts';
import { systemClock } from '../../platform/clock.ts';
import { createServiceTokenIssuer } from '../../platform/service-token.ts';
import { waitFor } from '../../platform/testing/wait.ts';
import { createRandom } from '../seed/random.ts';
import { isReady } from '../stack/ready.ts';
import { loadSecrets } from '../stack/secrets.ts';
import type { Stack } from '../stack/stack.ts';
import { createDoor } from './door.ts';
import type { Door } from './door.ts';
import type { ChaosContext } from './scenario.ts';

interface Opened extends ChaosContext {
  close(): Promise<void>;
}

/** Everything that one scenario uses, over a running stack. */
export async function openContext(
  { stack, devDir, say }: Pick<ChaosContext, 'stack' | 'devDir' | 'say'>,
  { name, seed, isLong }: { name: string; seed: number; isLong: boolean },
): Promise<Opened> {
  const { endpoints } = stack;
  const { credentialsOf } = await openIdentity(stack, devDir);
  const doors = new Map<string, Door>();
  const pools = new Map<string, pg.Pool>();
  return {
    stack,
    devDir,
    say,
    random: createRandom(
      createHash('sha256')
        .update(`${String(seed)} ${name}`)
        .digest()
        .readUInt32LE(0),
    ),
    scale: (short, long) => (isLong ? long : short),
    door: (service) => kept(doors, service, () => createDoor(endpoints.urls[service] ?? '', credentialsOf(service))),
    sql: (owner) => kept(pools, owner, () => openPool(endpoints.migrations[owner] ?? '')),
    untilReady: async () => {
      const asked = Object.values(endpoints.private).map((url) => `${url}/readyz`);
      const isWhole = async () => (await Promise.all(asked.map(isReady))).every(Boolean);
      await waitFor('every process to be ready', isWhole, { everyMs: 200 });
    },
    close: async () => {
      await Promise.all([...doors.values()].map((door) => door.close()));
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}

/** How to be a person's phone to bff-mobile, and bff-mobile to the others. */
async function openIdentity({ endpoints }: Stack, devDir: string) {
  const { userTokenKey, serviceKeys } = loadSecrets(devDir);
  const userTokens = await createUserTokens([userTokenKey.privateKey], endpoints.urls['bff-mobile'] ?? '', systemClock);
  const issuer = await createServiceTokenIssuer('bff-mobile', serviceKeys['bff-mobile'].privateKey);
  const phones = new Map<string, Promise<{ token: string }>>();
  return {
    credentialsOf: (service: string) => async (userId: string) => {
      if (service !== 'bff-mobile') return bearer(await issuer.issue(service, { userId }));
      const session = kept(phones, userId, () => userTokens.issueAccess({ userId, sessionId: randomUUID() }));
      return bearer((await session).token);
    },
  };
}

/** A pool that outlives its server: an idle connection that breaks is nothing to it. */
function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 2 });
  pool.on('error', () => undefined);
  return pool;
}

function kept<T>(all: Map<string, T>, name: string, make: () => T): T {
  const held = all.get(name) ?? make();
  all.set(name, held);
  return held;
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
