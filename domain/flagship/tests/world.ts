import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import type { operations } from '#openapi/flagship';
import type { Clock } from '#platform/clock';
import { loadDocument } from '#platform/document';
import { createTestDatabases } from '#platform/testing/databases';
import { findFreePorts } from '#platform/testing/ports';
import { generateServiceKeys } from '#platform/testing/service-keys';
import { createServiceTestClient } from '#platform/testing/service-test-client';
import { waitFor } from '#platform/testing/wait';
import { createFlagshipWorker } from '../jobs/worker.ts';
import { createFlagshipService } from '../service.ts';
import { startFinancialRecorder } from './financial-recorder.ts';
import { startSocialRecorder } from './social-recorder.ts';
import { decideConsent } from '../../../dev/flagship-sandbox/consent-form.ts';
import { redirectUri, startSandbox, webhookSecrets } from './sandbox-control.ts';
import { testSettings } from '#platform/testing/test-settings';

export type World = Awaited<ReturnType<typeof startWorld>>;

/** Real time, and what a test adds to it. */
function createShiftedClock(): Clock & { advance(milliseconds: number): void } {
  let shift = 0;
  return {
    now: () => new Date(Date.now() + shift),
    advance: (milliseconds) => {
      shift += milliseconds;
    },
  };
}

/** Flagship and its worker on a database of their own, the real sandbox as provider, and listeners for financial and social. */
export async function startWorld({ seed = 'test' } = {}) {
  const [port = 0, sandboxPort = 0] = await findFreePorts(2);
  const url = `http://127.0.0.1:${String(port)}`;
  const databases = await createTestDatabases();
  const { keys, trust } = generateServiceKeys(['bff-mobile', 'bff-admin', 'financial', 'flagship', 'social']);
  const sandbox = await startSandbox({ port: sandboxPort, webhookUrl: `${url}/v1/webhooks`, seed });
  const financial = await startFinancialRecorder(trust);
  const social = await startSocialRecorder(trust);
  const clock = createShiftedClock();

  const shared = {
    databaseUrl: databases.url('flagship'),
    logLevel: 'silent',
    provider: { url: sandbox.url, ...sandbox.client, redirectUri, timeoutMs: 2_000, allowPrivateAddresses: true },
    tokenKeys: [{ id: 'test', key: randomBytes(32) }],
    syncEveryMs: 15 * 60_000,
    transferStallsMs: 24 * 3_600_000,
  };
  const service = await createFlagshipService(
    { ...shared, settings: testSettings({ port }), trust, webhookSecrets },
    clock,
  );
  const serviceTokenKey = keys['flagship']?.privateKey ?? {};
  const worker = await createFlagshipWorker(
    { ...shared, metricsPort: 0, financialUrl: financial.url, socialUrl: social.url, serviceTokenKey },
    clock,
  );
  await Promise.all([service.start(), worker.start()]);
  // The first connection to a database can take longer on a busy machine than a request waits for one.
  await waitFor('flagship to be ready', async () => (await fetch(`${url}/readyz`)).ok);
  const database = new pg.Pool({ connectionString: databases.url('flagship'), max: 2 });

  function clientOf(issuer?: string) {
    const document = loadDocument('flagship');
    return createServiceTestClient<operations>({ app: service.app, document, audience: 'flagship', issuer, keys });
  }
  return {
    url,
    clock,
    config: shared,
    sandbox,
    financial,
    social,
    database,
    client: await clientOf(),
    /** A client whose tokens are those of one process. */
    clientOf,
    /** As social calls: `{ as: asService }`. */
    socialClient: await clientOf('social'),
    /** A job that goes by the clock is run now. */
    runJob: (name: string) => database.query(`select flagship_jobs.add_job($1, '{}'::json)`, [name]),
    /** Jobs that wait for a later time are run now. */
    hurryJobs: () => database.query('update flagship_jobs._private_jobs set run_at = now() where run_at > now()'),
    stop: async () => {
      await worker.stop();
      await service.stop();
      await Promise.all([sandbox.stop(), financial.stop(), social.stop(), database.end()]);
      sandbox.remove();
      await databases.drop();
    },
  };
}

export const asService = { service: true } as const;

/** A person who has not linked a bank. */
export function createPerson() {
  return { userId: randomUUID() };
}

/** A person with a linked bank whose accounts have been read. */
export async function createLinkedPerson(world: World, institutionId = 'first-sandbox-bank') {
  const as = createPerson();
  const { client } = world;
  const attempt = await client.createConnection({ as, body: { institutionId } }).expect(201);
  const answer = await decideConsent(attempt.body.authorizeUrl);
  await client.completeConnection({ as: asService, body: answer }).expect(200);
  const connection = await waitFor('the first sync', async () => {
    const { body } = await client.getConnection({ as, path: attempt.body }).expect(200);
    return body.health.lastSuccessAt !== null && body;
  });
  const { items } = (await client.listBalances({ as }).expect(200)).body;
  const [account] = items;
  if (!account) throw new Error('the bank told no account');
  return { as, connection, account, balances: items };
}

/** The provider's own ids of an account and its consent, for the sandbox's controls. */
export async function providerIds({ database }: World, accountId: string) {
  const { rows } = await database.query<{ account: string; consent: string }>(
    `select a.provider_account_id as account, c.provider_consent_id as consent
     from account a join connection c on c.id = a.connection_id where a.id = $1`,
    [accountId],
  );
  const [row] = rows;
  if (!row) throw new Error('no such account');
  return row;
}
