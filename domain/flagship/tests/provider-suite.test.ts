import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '#platform/clock';
import { isPublicAddress } from '#platform/public-address';
import { findFreePorts } from '#platform/testing/ports';
import { decideConsent } from '../../../dev/flagship-sandbox/consent-form.ts';
import { runCase, runSuite, suiteCases } from '../provider/contract-suite/suite.ts';
import type { Bench } from '../provider/contract-suite/suite.ts';
import { startWebhookReceiver } from '../provider/contract-suite/webhook-receiver.ts';
import { createContractAdapter } from '../provider/contract-adapter.ts';
import { ProviderError } from '../provider/provider.ts';
import type { Provider } from '../provider/provider.ts';
import { redirectUri, startSandbox, webhookSecrets } from './sandbox-control.ts';

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let receiver: Awaited<ReturnType<typeof startWebhookReceiver>>;
let provider: Provider;
let bench: Bench;

beforeAll(async () => {
  const [port = 0, webhookPort = 0] = await findFreePorts(2);
  receiver = await startWebhookReceiver(webhookPort);
  sandbox = await startSandbox({ port, webhookUrl: `http://127.0.0.1:${String(webhookPort)}/webhooks` });
  provider = createContractAdapter({
    ...sandbox.client,
    url: sandbox.url,
    redirectUri,
    timeoutMs: 10_000,
    allowPrivateAddresses: true,
    clock: systemClock,
  });
  bench = {
    provider,
    institutionId: 'first-sandbox-bank',
    decide: decideConsent,
    patienceMs: 30_000,
    wire: { url: sandbox.url, ...sandbox.client, redirectUri, webhookSecrets },
    deliveries: () => receiver.deliveries,
  };
});
afterAll(async () => {
  await provider.close();
  await sandbox.stop();
  sandbox.remove();
  await receiver.stop();
});

describe('the sandbox behind the contract adapter', () => {
  test.each(suiteCases.map((suiteCase) => [suiteCase.name, suiteCase] as const))('%s', async (_name, suiteCase) => {
    expect(await runCase(bench, suiteCase)).toEqual({ name: suiteCase.name, outcome: 'passed' });
  });
});

test('passes over what a provider does not offer, and what it needs but has not', async () => {
  await sandbox.setCapabilities({ transfers: false, consentRenewal: false });
  const { wire: _wire, deliveries: _deliveries, ...withoutWire } = bench;

  const results = await runSuite(withoutWire);
  await sandbox.setCapabilities({});

  const skipped = results.filter(({ outcome }) => outcome === 'skipped').map(({ why }) => why);
  expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  expect(new Set(skipped)).toEqual(
    new Set([
      'the provider does not offer consentRenewal',
      'the provider does not offer transfers',
      'there is no wire',
      'there is no deliveries',
    ]),
  );
});

describe('finds a provider', () => {
  const broken: [what: string, theCase: string, (good: Provider) => Partial<Provider>][] = [
    ['that forgets its ids of transfers', 'makes one transfer for one id', forgetsIds],
    [
      'that ends a consent in words alone',
      'ends a consent at once',
      () => ({ revokeConsent: () => Promise.resolve() }),
    ],
    ['whose first page leads to itself', 'tells the whole history', loops],
    ['that books what was pending in its own place', 'tells the whole history', replacesItself],
    [
      'that lists a day as any other',
      'lists transfers by the day',
      (good) => ({
        listTransfers: ({ cursor }) => good.listTransfers({ from: '2026-01-01', to: '2026-01-02', cursor }),
      }),
    ],
  ];

  test.each(broken)('%s', async (_what, theCase, defect) => {
    const suiteCase = suiteCases.find(({ name }) => name.startsWith(theCase));
    if (!suiteCase) throw new Error(`no case ${theCase}`);

    const { outcome } = await runCase({ ...bench, provider: { ...provider, ...defect(provider) } }, suiteCase);

    expect(outcome).toBe('failed');
  });
});

describe('a call to a provider', () => {
  const paths: string[] = [];
  let strangeAnswer = { status: 200, body: '' };
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    if (request.url === '/oauth/token') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ access_token: 'token', token_type: 'Bearer', expires_in: 600 }));
    } else if (request.url?.startsWith('/v1/institutions') === true) {
      response.writeHead(307, { location: '/elsewhere' }).end();
    } else if (request.url?.startsWith('/v1/events') === true) {
      response.end(Buffer.alloc(9 * 1024 * 1024, ' '));
    } else if (request.method === 'PUT') {
      response.writeHead(strangeAnswer.status).end(strangeAnswer.body);
    } else if (request.method === 'POST') {
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ id: 'con_1', status: 'awaiting_authorisation', authorizeUrl: 'javascript:alert(1)' }),
      );
    } else {
      response.writeHead(429, { 'retry-after': new Date(Date.now() + 90_000).toUTCString() }).end();
    }
  });
  let port: number;
  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  async function failureOf(
    call: (provider: Provider) => Promise<unknown>,
    changes: { url?: string; isPrivate?: boolean },
  ) {
    const { url = `http://127.0.0.1:${String(port)}`, isPrivate = true } = changes;
    const strange = createContractAdapter({
      ...sandbox.client,
      url,
      redirectUri,
      timeoutMs: 20_000,
      allowPrivateAddresses: isPrivate,
      clock: systemClock,
    });
    const failure = await call(strange).catch((error: unknown) => error);
    await strange.close();
    if (!(failure instanceof ProviderError)) throw new Error('the call did not fail', { cause: failure });
    return failure;
  }

  test('follows no redirect, trusts no address but that of a web page, and reads no endless answer', async () => {
    const redirected = await failureOf((strange) => strange.listInstitutions(), {});
    const endless = await failureOf((strange) => strange.listEvents(null), {});
    const consent = { userReference: 'someone', institutionId: undefined, state: 's', codeChallenge: 'c' };
    const script = await failureOf((strange) => strange.createConsent(consent), {});

    expect(redirected).toMatchObject({ kind: 'unanswered', code: 'status_307' });
    expect(paths).not.toContain('/elsewhere');
    expect(endless.kind).toBe('unanswered');
    expect(script).toMatchObject({ kind: 'unanswered', code: 'address_invalid' });
  });

  const page = '<html>no such page</html>';
  test.each([
    [404, page, { kind: 'unanswered', code: 'status_404' }],
    [403, '{"message":"blocked"}', { kind: 'unanswered', code: 'status_403' }],
    [400, '', { kind: 'unanswered', code: 'status_400' }],
    [408, '{"code":"timeout"}', { kind: 'unanswered', code: 'status_408' }],
    [425, '{"code":"too_early"}', { kind: 'unanswered', code: 'status_425' }],
    [401, page, { kind: 'refused', code: 'unauthenticated' }],
    [404, '{"code":"not_found"}', { kind: 'refused', code: 'not_found' }],
    [422, '{"code":"transfer_too_late"}', { kind: 'refused', code: 'transfer_too_late' }],
  ])('takes a transfer for refused by the provider’s own word alone: %s %s', async (status, body, expected) => {
    strangeAnswer = { status, body };
    const transfer = { id: 'some-id', providerAccountId: 'acc', amountMinor: 1, currency: 'EUR' };

    const failure = await failureOf(
      (strange) => strange.createTransfer({ ...transfer, direction: 'deposit', notAfter: new Date(0) }),
      {},
    );

    expect(failure).toMatchObject(expected);
  });

  test('knows when to come back from a date too', async () => {
    const limited = await failureOf((strange) => strange.findTransfer('some-id'), {});

    expect(limited).toMatchObject({ kind: 'refused', code: 'rate_limited' });
    expect(limited.retryAfterSeconds).toBeGreaterThan(1);
    expect(limited.retryAfterSeconds).toBeLessThanOrEqual(90);
  });

  test.each(['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433'])(
    'never leaves for %s outside of development',
    async (host) => {
      const before = paths.length;

      const url = `http://${host}:${String(port)}`;
      const refused = await failureOf((strange) => strange.listInstitutions(), { url, isPrivate: false });

      expect(refused).toMatchObject({ kind: 'not_sent', cause: { code: 'ERR_PRIVATE_ADDRESS' } });
      expect(paths).toHaveLength(before);
    },
  );

  test.each([
    ['10.1.2.3', false],
    ['100.64.0.1', false],
    ['169.254.169.254', false],
    ['172.31.255.255', false],
    ['192.168.0.1', false],
    ['224.0.0.1', false],
    ['fd00::1', false],
    ['fe80::1', false],
    ['::ffff:10.0.0.1', false],
    ['2002:a00:1::', false],
    ['no address', false],
    ['9.9.9.9', true],
    ['172.32.0.1', true],
    ['2620:fe::fe', true],
  ])('takes %s for public: %s', (address, isPublic) => {
    expect(isPublicAddress(address)).toBe(isPublic);
  });
});

function forgetsIds(good: Provider): Partial<Provider> {
  let made = 0;
  return {
    createTransfer: async (transfer) => {
      made += 1;
      const createdAt = new Date(made);
      return { ...(await good.createTransfer(transfer)), createdAt };
    },
  };
}

function replacesItself(good: Provider): Partial<Provider> {
  return {
    syncTransactions: async (...asked) => {
      const page = await good.syncTransactions(...asked);
      return { ...page, changed: page.changed.map((one) => ({ ...one, pendingId: one.id })) };
    },
  };
}

function loops(good: Provider): Partial<Provider> {
  return {
    syncTransactions: async (token, cursor) => ({
      ...(await good.syncTransactions(token, cursor)),
      ...(cursor !== null && { nextCursor: cursor }),
      hasMore: true,
    }),
  };
}
