import http from 'node:http';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { listen, portOf } from '../private-server.ts';
import { newContext, runInContext } from '../request-context.ts';
import { createServiceClient } from '../service-client.ts';
import type { ServiceClient } from '../service-client.ts';
import { createServiceTokenIssuer } from '../service-token.ts';
import { generateServiceKey } from '../testing/service-keys.ts';
import type { Document } from '../document.ts';
import { echoDocument } from './echo-service.ts';
import type { EchoOperations } from './echo-service.ts';

type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

let answer: Answer = () => undefined;
let seen: http.IncomingMessage[] = [];
const server = http.createServer((request, response) => {
  seen.push(request);
  answer(request, response);
});
let clients: ReturnType<typeof createServiceClient<EchoOperations>>[] = [];
let newClient: (options?: { retryReads?: boolean }) => ServiceClient<EchoOperations>;

beforeAll(async () => {
  await listen(server, 0);
  const issuer = await createServiceTokenIssuer('bff-mobile', generateServiceKey().privateKey);
  newClient = (options = {}) => {
    const url = `http://127.0.0.1:${String(portOf(server))}`;
    const document = echoDocument as unknown as Document;
    const made = createServiceClient<EchoOperations>({ document, audience: 'echo', url, issuer, ...options });
    clients.push(made);
    return made.client;
  };
});
afterEach(async () => {
  await Promise.all(clients.map((made) => made.close()));
  clients = [];
  seen = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const caller = { userId: 'u1' };
const open = (client: ServiceClient<EchoOperations>, timeoutMs?: number) =>
  client.getOpen({ caller, ...(timeoutMs !== undefined && { timeoutMs }) });

function replyWith(status: number, body: object, type = 'application/json'): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
  };
}

test('sends the token, the trace and the time that is left, and gives the typed answer', async () => {
  answer = replyWith(200, { text: 'hello' });
  const client = newClient();

  const reply = await runInContext({ ...newContext(5_000), traceId: 'a'.repeat(32) }, () =>
    client.getEcho({ caller, path: { echoId: 'x y' }, query: { limit: 3 } }),
  );

  expect(reply.status).toBe(200);
  expect(reply.body.text).toBe('hello');
  expect(seen[0]?.url).toBe('/v1/echoes/x%20y?limit=3');
  expect(seen[0]?.headers.authorization).toMatch(/^Bearer /);
  expect(seen[0]?.headers['traceparent']).toContain('a'.repeat(32));
  expect(Number(seen[0]?.headers['x-request-timeout-ms'])).toBeLessThanOrEqual(5_000);
});

test("throws the service's own problem", async () => {
  answer = replyWith(
    409,
    { code: 'idempotency_in_flight', detail: 'wait', status: 409, current: 3 },
    'application/problem+json',
  );

  await expect(open(newClient())).rejects.toMatchObject({
    code: 'idempotency_in_flight',
    detail: 'wait',
    extensions: { current: 3 },
  });
});

test.each([
  ['a bug', 500, { code: 'internal_error' }],
  ['an answer that is no problem', 502, { oops: true }],
  ['a refused service token', 401, { code: 'unauthenticated' }],
])('says "unavailable" for %s', async (_what, status, body) => {
  answer = replyWith(status, body);

  await expect(open(newClient())).rejects.toMatchObject({ code: 'upstream_unavailable', status: 503 });
});

test('gives up at the deadline of the request it serves', async () => {
  answer = () => undefined;
  const client = newClient();
  const started = performance.now();

  await expect(runInContext(newContext(100), () => open(client))).rejects.toMatchObject({
    code: 'upstream_unavailable',
  });

  expect(performance.now() - started).toBeLessThan(1_000);
});

test('stops waiting when the caller goes away', async () => {
  const abort = new AbortController();
  answer = () => {
    abort.abort();
  };

  const call = runInContext(newContext(5_000, abort.signal), () => open(newClient()));

  await expect(call).rejects.toMatchObject({ code: 'upstream_unavailable' });
});

test('shields a service that fails, and calls it no more', async () => {
  answer = replyWith(500, {});
  const client = newClient();

  for (let i = 0; i < 20; i += 1) await open(client).catch(() => undefined);

  expect(seen.length).toBeLessThan(10);
});

test.each([
  ['a refusal by the service', 404, 'not_found'],
  ['an outage of what stands behind the service', 503, 'provider_unavailable'],
])('%s is no failure of it, and is told as it is', async (_what, status, code) => {
  answer = replyWith(status, { code }, 'application/problem+json');
  const client = newClient();

  for (let i = 0; i < 20; i += 1) await expect(open(client)).rejects.toMatchObject({ code });

  expect(seen).toHaveLength(20);
});

test('tries a read again, and never a write', async () => {
  answer = replyWith(503, { code: 'stopping' }, 'application/problem+json');
  const client = newClient({ retryReads: true });

  await open(client).catch(() => undefined);
  await client.createEcho({ caller, body: { text: 'a' } }).catch(() => undefined);

  expect(seen.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST']);
});
