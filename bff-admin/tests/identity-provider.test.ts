import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import got from 'got';
import { findFreePorts } from '#platform/testing/ports';
import { createTestClock } from '#platform/testing/test-clock';
import { waitFor } from '#platform/testing/wait';
import { noFaults } from '../../dev/entra/faults.ts';
import { openBrowser } from './kit/browser.ts';
import { scriptClaims, startPortal } from './kit/portal.ts';
import type { Portal } from './kit/portal.ts';

const clock = createTestClock();
let portal: Portal;
beforeAll(async () => {
  portal = await startPortal({ clock });
});
afterEach(() => {
  Object.assign(portal.entra.faults, noFaults());
  clock.advance(6_000);
});
afterAll(() => portal.stop());

test.each(['hang', 'html', 'error'] as const)(
  'goes on with the known keys while Azure AD answers with: %s',
  async (fault) => {
    const token = await portal.entra.sign(scriptClaims());

    Object.assign(portal.entra.faults, { metadata: fault, keys: fault, token: fault });
    clock.advance(6_000);
    const known = await me(portal, token);
    const unknownKey = await timed(() => me(portal, withUnknownKey(token)));
    const signIn = await openBrowser(portal.url, portal.entra).http.get('auth/login', { followRedirect: false });

    expect(known.statusCode).toBe(200);
    expect(unknownKey.answer.statusCode).toBe(503);
    expect(unknownKey.ms).toBeLessThan(3_000);
    expect(signIn.statusCode).toBe(302);
  },
);

test.each(['hang', 'html', 'error'] as const)(
  'answers 503 in 3 s, and lives, when it starts while Azure AD answers with: %s',
  async (fault) => {
    const cold = await startPortal({ ready: false, prepareEntra: ({ faults }) => void (faults.metadata = fault) });
    const token = await cold.entra.sign(scriptClaims());

    const first = await timed(() => me(cold, token));
    const signIn = await timed(() => got(`${cold.url}/auth/login`, quiet));
    const live = await got(`${cold.url}/livez`, quiet);
    const ready = await got(`${cold.url}/readyz`, quiet);
    cold.entra.faults.metadata = 'none';
    await waitFor('the portal to be ready', async () => (await got(`${cold.url}/readyz`, quiet)).ok);
    const healed = await me(cold, token);
    await cold.stop();

    expect(JSON.parse(first.answer.body)).toMatchObject({
      status: 503,
      code: 'identity_provider_unavailable',
      retryable: true,
    });
    expect(first.ms).toBeLessThan(3_000);
    expect(signIn.answer.statusCode).toBe(503);
    expect(signIn.ms).toBeLessThan(3_000);
    expect([live.statusCode, ready.statusCode, healed.statusCode]).toEqual([200, 503, 200]);
  },
);

test('answers 503 when nobody listens where Azure AD should be', async () => {
  const [nobody = 0] = await findFreePorts(1);
  const lost = await startPortal({
    ready: false,
    configure: (config) => ({
      ...config,
      azureAd: { ...config.azureAd, authority: `https://localhost:${String(nobody)}` },
    }),
  });

  const token = await lost.entra.sign(scriptClaims());
  const { answer, ms } = await timed(() => me(lost, token));
  await lost.stop();

  expect(answer.statusCode).toBe(503);
  expect(ms).toBeLessThan(3_000);
});

test('answers 503 to a sign-in whose code cannot be redeemed, and keeps nobody waiting', async () => {
  const browser = openBrowser(portal.url, portal.entra);

  portal.entra.faults.token = 'hang';
  const page = await timed(() => browser.signIn('admin@clync.example'));

  expect(JSON.parse(page.answer.body)).toMatchObject({ status: 503, code: 'identity_provider_unavailable' });
  expect(page.ms).toBeLessThan(4_000);
});

test('takes a new signing key within 10 seconds, and drops one that was withdrawn with it', async () => {
  const before = await portal.entra.sign(scriptClaims());
  expect((await me(portal, before)).statusCode).toBe(200);

  await portal.entra.keys.rotate({ withdrawOld: true });
  const after = await portal.entra.sign(scriptClaims());
  clock.advance(10_000);
  const landing = await openBrowser(portal.url, portal.entra).signIn('admin@clync.example');

  expect(landing.body).toContain('Alice Admin');
  expect((await me(portal, after)).statusCode).toBe(200);
  expect((await me(portal, before)).statusCode).toBe(401);
});

test('does not ask Azure AD again for every unknown key', async () => {
  const token = await portal.entra.sign(scriptClaims());
  const before = portal.entra.requests.keys;
  clock.advance(6_000);

  const answers = await Promise.all(Array.from({ length: 50 }, () => me(portal, withUnknownKey(token))));

  expect(answers.every(({ statusCode }) => statusCode === 401)).toBe(true);
  expect(portal.entra.requests.keys).toBe(before + 1);
});

test('refuses tokens of an identity provider whose clock is far ahead', async () => {
  portal.entra.faults.clockOffsetSeconds = 600;

  const answer = await me(portal, await portal.entra.sign(scriptClaims()));

  expect(answer.statusCode).toBe(401);
});

const quiet = { throwHttpErrors: false, retry: { limit: 0 }, followRedirect: false };

function me({ url }: Portal, token: string) {
  return got(`${url}/v1/me`, { ...quiet, headers: { authorization: `Bearer ${token}` } });
}

function withUnknownKey(token: string): string {
  const [header = '', ...rest] = token.split('.');
  const claims = JSON.parse(Buffer.from(header, 'base64url').toString()) as object;
  return [
    Buffer.from(JSON.stringify({ ...claims, kid: 'unknown', x5t: 'unknown' })).toString('base64url'),
    ...rest,
  ].join('.');
}

async function timed<T>(work: () => Promise<T>): Promise<{ answer: T; ms: number }> {
  const started = performance.now();
  const answer = await work();
  return { answer, ms: performance.now() - started };
}
