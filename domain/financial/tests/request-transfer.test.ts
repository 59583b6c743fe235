import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '#platform/testing/wait';
import { createFinancialWorker } from '../jobs/worker.ts';
import { createPerson, eur, linkBankAccount, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';

interface Answer {
  status: number;
  body: object;
}
interface Asked {
  method: string | undefined;
  url: string | undefined;
  authorization: string | undefined;
  body: unknown;
}

let app: FinancialApp;
let stopWorker: (() => Promise<void>) | undefined;
const flagships: http.Server[] = [];

beforeAll(async () => {
  app = await startFinancialApp();
});
afterEach(async () => {
  await stopWorker?.();
  stopWorker = undefined;
  for (const server of flagships.splice(0)) server.close().closeAllConnections();
});
afterAll(() => app.stop());

/** Something that listens where flagship would, answers what a test says, and remembers what it was asked. */
async function listenAsFlagship(answer: (transferId: string, method: string) => Answer) {
  const asked: Asked[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      asked.push({
        method,
        url,
        authorization: headers.authorization,
        body: JSON.parse(Buffer.concat(chunks).toString() || 'null'),
      });
      const { status, body } = answer(url?.split('/').at(-1) ?? '', method ?? '');
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  flagships.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { asked, url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` };
}

async function startWorker(flagshipUrl: string) {
  const serviceTokenKey = app.keys['financial']?.privateKey ?? {};
  const worker = await createFinancialWorker({
    databaseUrl: app.databases.url('financial'),
    logLevel: 'silent',
    metricsPort: 0,
    flagshipUrl,
    // Nobody is told anything here.
    socialUrl: 'http://127.0.0.1:1',
    serviceTokenKey,
  });
  await worker.start();
  stopWorker = () => worker.stop();
}

async function startDeposit() {
  const as = await createPerson(app);
  const { accountId } = await linkBankAccount(app, as);
  const { body } = await app.client
    .createDeposit({ as, headers: withKey(), body: { accountId, amount: eur(500) } })
    .expect(202);
  return { as, accountId, transferId: body.transfer.id };
}

function statusOf({ as, transferId }: { as: { userId: string }; transferId: string }) {
  return app.client
    .getTransfer({ as, path: { transferId } })
    .expect(200)
    .then(({ body }) => body);
}

function accepted(transferId: string, status: string, sequence: number): Answer {
  const rest = {
    reason: null,
    direction: 'deposit',
    amount: eur(500),
    accountId: randomUUID(),
    updatedAt: new Date().toISOString(),
  };
  return { status: 202, body: { id: transferId, status, sequence, ...rest } };
}

function problem(status: number, code: string): Answer {
  return { status, body: { type: 'about:blank', title: code, status, instance: 'x', code, retryable: false } };
}

describe('the job that asks flagship', () => {
  test('asks once, under our id, as the service itself, and takes over the state', async () => {
    const flagship = await listenAsFlagship((id) => accepted(id, 'submitted', 1));
    const deposit = await startDeposit();

    await startWorker(flagship.url);
    await waitFor('the transfer to be submitted', async () => (await statusOf(deposit)).status === 'submitted');

    expect(flagship.asked).toEqual([
      {
        method: 'PUT',
        url: `/v1/transfers/${deposit.transferId}`,
        authorization: expect.stringMatching(/^Bearer /) as unknown,
        body: { userId: deposit.as.userId, accountId: deposit.accountId, direction: 'deposit', amount: eur(500) },
      },
    ]);
  });

  test('does not move a transfer back that settled while flagship was answering', async () => {
    const deposit = await startDeposit();
    const flagship = await listenAsFlagship((id) => accepted(id, 'submitted', 1));
    const told = { status: 'settled', sequence: 3 } as const;
    await app.flagship
      .putTransferState({ as: { service: true }, path: { transferId: deposit.transferId }, body: told })
      .expect(200);
    const other = await startDeposit();

    await startWorker(flagship.url);
    await waitFor('the other transfer to be submitted', async () => (await statusOf(other)).status === 'submitted');

    expect((await statusOf(deposit)).status).toBe('settled');
    expect(flagship.asked.map(({ url }) => url)).not.toContain(`/v1/transfers/${deposit.transferId}`);
  });

  test('fails the transfer, and frees what it held, when flagship refuses what it does not know', async () => {
    const flagship = await listenAsFlagship((_id, method) =>
      method === 'GET' ? problem(404, 'not_found') : problem(422, 'account_unusable'),
    );
    const deposit = await startDeposit();

    await startWorker(flagship.url);
    const failed = await waitFor('the transfer to fail', async () => {
      const transfer = await statusOf(deposit);
      return transfer.status === 'failed' && transfer;
    });

    expect(failed.reason).toBe('account_unusable');
    const { rows } = await app.owner.query<{ incoming: string }>(
      `select incoming_minor::text as incoming from ledger_account where owner_id = $1`,
      [deposit.as.userId],
    );
    expect(rows).toEqual([{ incoming: '0' }]);
  });

  test('takes over the state of a transfer that flagship refuses to repeat', async () => {
    const flagship = await listenAsFlagship((id, method) =>
      method === 'GET' ? { ...accepted(id, 'processing', 2), status: 200 } : problem(404, 'not_found'),
    );
    const deposit = await startDeposit();

    await startWorker(flagship.url);

    await waitFor('the transfer to go on', async () => (await statusOf(deposit)).status === 'processing');
  });

  test('leaves the transfer as it is while flagship is down, and is there again for the next try', async () => {
    const down = await listenAsFlagship(() => ({ status: 503, body: {} }));
    const deposit = await startDeposit();

    await startWorker(down.url);
    await waitFor('the job to be tried', () => down.asked.length > 0);
    await stopWorker?.();
    const before = await statusOf(deposit);
    const up = await listenAsFlagship((id) => accepted(id, 'processing', 2));
    await app.process.query(`select ask_again(now() + interval '1 hour', 10)`);
    await startWorker(up.url);
    await waitFor('the transfer to go on', async () => (await statusOf(deposit)).status === 'processing');

    expect(before.status).toBe('created');
    expect(up.asked).toHaveLength(1);
  });
});
