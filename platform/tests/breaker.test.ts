import http from 'node:http';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Document } from '../document.ts';
import { listen, portOf } from '../private-server.ts';
import { newContext, runInContext } from '../request-context.ts';
import { createServiceClient } from '../service-client.ts';
import type { ServiceClient } from '../service-client.ts';
import { createServiceTokenIssuer } from '../service-token.ts';
import type { ServiceTokenIssuer } from '../service-token.ts';
import { generateServiceKey } from '../testing/service-keys.ts';
import { waitFor } from '../testing/wait.ts';
import { echoDocument } from './echo-service.ts';
import type { EchoOperations } from './echo-service.ts';

type Client = ServiceClient<EchoOperations>;
type Answer = (response: http.ServerResponse) => void;

const silence: Answer = () => undefined;
const served: Answer = (response) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"text":"a"}');
const broken: Answer = (response) => response.writeHead(500).end();
const six = [1, 2, 3, 4, 5, 6];
const shielded = { code: 'upstream_unavailable', detail: 'echo did not answer: it is shielded after failures.' };

let answer: Answer = silence;
let arrived = 0;
const server = http.createServer((_request, response) => {
  arrived += 1;
  answer(response);
});
let issuer: ServiceTokenIssuer;
let made: ReturnType<typeof createServiceClient<EchoOperations>>[] = [];

beforeAll(async () => {
  await listen(server, 0);
  issuer = await createServiceTokenIssuer('bff-mobile', generateServiceKey().privateKey);
});
afterEach(async () => {
  await Promise.all(made.map((one) => one.close()));
  made = [];
  arrived = 0;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function newClient(options: { retryReads?: boolean; capacity?: number } = {}): Client {
  const url = `http://127.0.0.1:${String(portOf(server))}`;
  const document = echoDocument as unknown as Document;
  const one = createServiceClient<EchoOperations>({ document, audience: 'echo', url, issuer, ...options });
  made.push(one);
  return one.client;
}

function open(client: Client, timeoutMs = 5_000) {
  return client.getOpen({ caller: { userId: 'u1' }, timeoutMs });
}

/** A call whose caller leaves when it has arrived; `then` is what the service does nevertheless. */
async function hangUp(client: Client, then: Answer = silence): Promise<void> {
  const caller = new AbortController();
  answer = (response) => {
    caller.abort();
    then(response);
  };
  await runInContext(newContext(5_000, caller.signal), () => open(client)).catch(() => undefined);
}

async function shield(client: Client): Promise<void> {
  answer = broken;
  for (let i = 0; i < 5; i += 1) await open(client).catch(() => undefined);
  await expect(open(client)).rejects.toMatchObject(shielded);
}

test('callers who hang up shut the service for nobody, and use up no second try of others', async () => {
  const client = newClient({ retryReads: true });

  for (let i = 0; i < 20; i += 1) await hangUp(client);
  answer = (response) => {
    (arrived === 21 ? broken : served)(response);
  };

  await expect(open(client)).resolves.toMatchObject({ status: 200 });
  expect(arrived).toBe(22);
});

test('calls whose own time was over or too short shut the service for nobody', async () => {
  const client = newClient();
  answer = silence;

  await Promise.allSettled(six.map(() => runInContext(newContext(-1), () => open(client))));
  await Promise.allSettled(six.map(() => open(client, 50)));
  answer = served;

  await expect(open(client)).resolves.toMatchObject({ status: 200 });
});

test('more calls at once than there is room for are refused, and shut the service for nobody', async () => {
  const client = newClient({ capacity: 1 });
  const waiting: http.ServerResponse[] = [];
  answer = (response) => waiting.push(response);

  const first = open(client);
  const more = await Promise.allSettled(six.map(() => open(client)));
  await waitFor('the first call', () => waiting.length === 1);
  waiting.forEach(served);
  answer = served;

  expect(more.map(({ status }) => status)).toEqual(six.map(() => 'rejected'));
  expect(more[0]).toMatchObject({ reason: { detail: 'echo did not answer: too many calls wait for it.' } });
  await expect(first).resolves.toMatchObject({ status: 200 });
  await expect(open(client)).resolves.toMatchObject({ status: 200 });
});

test('shields a service that hangs, though the calls of a screen have little time', async () => {
  const client = newClient();
  answer = silence;

  await Promise.allSettled(six.map(() => open(client, 250)));

  await expect(open(client)).rejects.toMatchObject(shielded);
});

test.each([
  ['stays shielded when it is still broken', broken, { reason: shielded }],
  ['serves again when it is back', served, { value: { status: 200 } }],
])('a caller who leaves the try of a shielded service decides nothing: it %s', async (_what, state, outcome) => {
  const client = newClient();
  await shield(client);
  arrived = 0;

  await waitFor('another try', async () => {
    await hangUp(client, state);
    return arrived > 0;
  });
  answer = state;

  const [after] = await Promise.allSettled([open(client)]);
  expect(after).toMatchObject(outcome);
});

test('a try of a shielded service that had too little time decides nothing', async () => {
  const client = newClient();
  await shield(client);
  arrived = 0;
  answer = silence;

  await waitFor('another try', async () => {
    await open(client, 100).catch(() => undefined);
    return arrived > 0;
  });

  await expect(open(client)).rejects.toMatchObject(shielded);
});
