import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { loadDocument } from '#platform/document';
import { createTestDatabases } from '#platform/testing/databases';
import { findFreePorts } from '#platform/testing/ports';
import { generateServiceKeys } from '#platform/testing/service-keys';
import { createServiceTestClient } from '#platform/testing/service-test-client';
import { createTestClock } from '#platform/testing/test-clock';
import { testSettings } from '#platform/testing/test-settings';
import { waitFor } from '#platform/testing/wait';
import type { operations } from '#openapi/financial';
import { createFinancialService } from '../service.ts';

export type FinancialApp = Awaited<ReturnType<typeof startFinancialApp>>;

const issuers = ['bff-mobile', 'bff-admin', 'flagship', 'financial', 'social'];

/** The financial service on a database of its own, with a clock that stands still and clients for its callers. */
export async function startFinancialApp(start?: Date) {
  const databases = await createTestDatabases();
  const { keys, trust } = generateServiceKeys(issuers);
  const clock = createTestClock(start);
  const [flagshipPort = 0] = await findFreePorts(1);
  const config = {
    databaseUrl: databases.url('financial'),
    logLevel: 'silent',
    settings: testSettings(),
    trust,
    flagshipUrl: `http://127.0.0.1:${String(flagshipPort)}`,
    serviceTokenKey: keys['financial']?.privateKey ?? {},
  };
  const service = await createFinancialService(config, clock);
  const owner = new pg.Pool({ connectionString: databases.ownerUrl('financial'), max: 2 });
  const process = new pg.Pool({ connectionString: databases.url('financial'), max: 2 });

  function clientOf(issuer?: string) {
    const document = loadDocument('financial');
    return createServiceTestClient<operations>({ app: service.app, document, audience: 'financial', issuer, keys });
  }

  return {
    /** As whoever the contract names calls: `{ as: { userId } }`. */
    client: await clientOf(),
    /** A client whose tokens are those of one process. */
    clientOf,
    /** As flagship calls: `{ as: { service: true } }`. */
    flagship: await clientOf('flagship'),
    /** As social calls: `{ as: { service: true } }`. */
    social: await clientOf('social'),
    clock,
    /** Where the service asks flagship; nobody listens there until a test puts a stand-in. */
    flagshipPort,
    databases,
    keys,
    trust,
    /** SQL as the owner of the schema. */
    owner,
    /** SQL as the role that the processes use. */
    process,
    stop: async () => {
      await service.stop();
      await Promise.all([owner.end(), process.end()]);
      await databases.drop();
    },
  };
}

/** A person, with money in the wallet. */
export async function createPerson({ owner, clock }: FinancialApp, { wallet = 0, currency = 'EUR' } = {}) {
  const userId = randomUUID();
  if (wallet > 0) {
    const request = { ownerId: userId, amountMinor: wallet, currency, note: null, source: 'seed', at: clock.now() };
    await owner.query('select book_opening_balance($1)', [JSON.stringify(request)]);
  }
  return { userId };
}

/** An open pocket. */
export async function createPocket(
  { client }: FinancialApp,
  as: { userId: string },
  { name = 'Trip', currency = 'EUR', ...goal }: Goal = {},
) {
  const { body } = await client.createPocket({ as, body: { name, currency, ...goal } }).expect(201);
  return body;
}

type Goal = Partial<operations['createPocket']['requestBody']['content']['application/json']>;

/** A linked bank account, as flagship tells it. */
export async function linkBankAccount(
  { flagship, clock }: FinancialApp,
  { userId }: { userId: string },
  {
    currency = 'EUR',
    status = 'active' as const,
    balanceMinor = 100_000,
    kind = 'current' as const,
  }: { currency?: string; status?: BankStatus; balanceMinor?: number; kind?: BankKind } = {},
) {
  const connectionId = randomUUID();
  const account = {
    accountId: randomUUID(),
    institutionName: 'First Sandbox Bank',
    name: 'Everyday account',
    mask: '4711',
    kind,
    currency,
    balance: { amountMinor: balanceMinor, currency },
    available: null,
    asOf: clock.now().toISOString(),
    status,
  };
  await flagship
    .putBankAccounts({
      as: { service: true },
      path: { userId },
      body: { connectionId, version: 1, accounts: [account] },
    })
    .expect(204);
  return { connectionId, ...account };
}

type BankKind = 'current' | 'savings' | 'card' | 'loan' | 'other';
type BankStatus = 'active' | 'expiring' | 'reauth_required' | 'revoked' | 'closed';

/** A new idempotency key as a header. */
export function withKey(key: string = randomUUID()) {
  return { 'Idempotency-Key': key };
}

export function eur(amountMinor: number) {
  return { amountMinor, currency: 'EUR' };
}

/** Deposits and settles at once; answers the transfer. */
export async function deposit(app: FinancialApp, as: { userId: string }, amountMinor: number) {
  const { accountId } = await linkBankAccount(app, as);
  const { body } = await app.client
    .createDeposit({ as, headers: withKey(), body: { accountId, amount: eur(amountMinor) } })
    .expect(202);
  const told = { status: 'settled', sequence: 1 } as const;
  await app.flagship
    .putTransferState({ as: { service: true }, path: { transferId: body.transfer.id }, body: told })
    .expect(200);
  return body.transfer;
}

/** Waits until a worker has done every job of these names. */
export function jobsDone({ process }: Pick<FinancialApp, 'process'>, names: string[]) {
  return waitFor(`${names.join(', ')} to be done`, async () => {
    const { rows } = await process.query(
      `select from financial_jobs._private_jobs job join financial_jobs._private_tasks task on task.id = job.task_id
       where task.identifier = any ($1)`,
      [names],
    );
    return rows.length === 0;
  });
}
