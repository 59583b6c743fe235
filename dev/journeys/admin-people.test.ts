import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import got from 'got';
import { waitFor } from '#platform/testing/wait';
import type { components } from '#openapi/bff-admin';
import { openBrowser } from '../../bff-admin/tests/kit/browser.ts';
import type { Browser } from '../../bff-admin/tests/kit/browser.ts';
import { freePorts } from '../stack/places.ts';
import { startStack } from '../stack/stack.ts';
import type { Stack } from '../stack/stack.ts';
import { registerPerson } from './phone.ts';

type Schemas = components['schemas'];
type Person = Awaited<ReturnType<typeof registerPerson>>;

const devDir = mkdtempSync(path.join(tmpdir(), 'clync-journey-'));
let stack: Stack;
let portal: string;
let ca: string;
let token: string;
let ada: Person;

beforeAll(async () => {
  stack = await startStack({ devDir, ports: await freePorts(), seed: false });
  portal = stack.endpoints.urls['bff-admin'] ?? '';
  ca = readFileSync(stack.endpoints.entra.caFile, 'utf8');
  token = await requestScriptToken();
  ada = await registerPerson(stack.endpoints.urls['bff-mobile'] ?? '', 'ada');
});

afterAll(async () => {
  await stack.stop();
  rmSync(devDir, { recursive: true, force: true });
});

test.each(['ADA@example', 'ad', ''])('finds a person by %j', async (q) => {
  const page = await asScript<{ items: { id: string }[] }>('get', 'v1/users', q === '' ? {} : { searchParams: { q } });

  expect(page.body.items.map(({ id }) => id)).toContain(ada.id);
});

test('shows everything about a person on one page: money to FinanceOps, and to Support not', async () => {
  const finance = await signIn('financeops@clync.example');
  const support = await signIn('support@clync.example');

  const whole = await finance.http.get(`v1/users/${ada.id}`).json<Schemas['UserScreen']>();
  const part = await support.http.get(`v1/users/${ada.id}`).json<Schemas['UserScreen']>();

  expect(whole.sections).toMatchObject({
    profile: { status: 'ok', data: { handle: 'ada' } },
    account: { status: 'ok', data: { email: ada.email, status: 'active', suspension: null } },
    money: { status: 'ok', data: { userId: ada.id } },
    connections: { status: 'ok', data: { items: [] } },
    audit: { status: 'ok' },
  });
  expect(Object.keys(part.sections)).toEqual(['profile', 'account', 'connections', 'audit']);
});

test('answers 404 for somebody who is not there', async () => {
  const answer = await asScript('get', 'v1/users/0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e');

  expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
});

test('suspends and restores with a reason, each under one line of the log', async () => {
  const moderator = await signIn('moderator@clync.example');
  const headers = { 'x-csrf-token': await moderator.csrfToken() };
  const post = () => tryToPost(ada);

  const suspended = await moderator.http
    .post(`v1/users/${ada.id}/suspend`, { headers, json: { reason: 'Spam in replies' } })
    .json();
  const whileSuspended = await signInAgain(ada).then(post);
  const restored = await moderator.http
    .post(`v1/users/${ada.id}/restore`, { headers, json: { reason: 'Sorry' } })
    .json();
  const afterwards = await post();
  const log = await linesAbout(ada.id);

  expect(suspended).toMatchObject({ outcome: 'done', status: 'suspended', suspension: { reason: 'Spam in replies' } });
  expect(whileSuspended).toBe('account_suspended');
  expect(restored).toMatchObject({ outcome: 'done', status: 'active', suspension: null });
  expect(afterwards).toBe('posted');
  expect(log.filter(({ action }) => action === 'user.suspend')).toEqual([
    expect.objectContaining({
      reason: 'Spam in replies',
      outcome: 'done',
      actor: expect.objectContaining({ name: 'Marco Moderator' }),
    }),
  ]);
  expect(log.filter(({ action }) => action === 'user.restore')).toEqual([
    expect.objectContaining({ reason: 'Sorry', outcome: 'done' }),
  ]);
  expect((await asScript('get', 'v1/audit-events/verification')).body).toMatchObject({
    valid: true,
    firstBrokenId: null,
  });
});

test('refuses a decision about somebody who is not there, and closes its line so', async () => {
  const nobody = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';

  const answer = await asScript('post', `v1/users/${nobody}/suspend`, { json: { reason: 'Spam' } });

  expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
  expect((await linesAbout(nobody))[0]).toMatchObject({
    action: 'user.suspend',
    outcome: 'refused',
    details: { code: 'not_found' },
  });
});

test('shows the rest of a person while flagship is dead', async () => {
  await stack.process('flagship').kill('SIGKILL', { keepDown: true });

  const { status, body } = await asScript<Schemas['UserScreen']>('get', `v1/users/${ada.id}`);
  await stack.process('flagship').start();

  expect(status).toBe(200);
  expect(body.sections).toMatchObject({
    profile: { status: 'ok' },
    money: { status: 'ok' },
    connections: { status: 'unavailable', data: null },
  });
});

test('carries a decision through when social dies before it answers, and the portal after it asked', async () => {
  await stack.process('social').kill('SIGKILL', { keepDown: true });
  const decided = await asScript('post', `v1/users/${ada.id}/suspend`, { json: { reason: 'While social is down' } });
  await stack.process('bff-admin').kill('SIGKILL');
  const [line] = await waitFor('the portal to be back', () => linesAbout(ada.id).catch(() => undefined), {
    timeoutMs: 30_000,
  });

  await stack.process('social').start();
  const closed = await waitFor(
    'the line to be closed',
    async () => {
      const [now] = await linesAbout(ada.id);
      return now?.outcome === 'done' && now;
    },
    { everyMs: 250 },
  );
  const screen = await asScript<Schemas['UserScreen']>('get', `v1/users/${ada.id}`);

  expect(decided).toMatchObject({ status: 202, body: { outcome: 'pending' } });
  expect(line).toMatchObject({ action: 'user.suspend', outcome: 'pending' });
  expect(closed).toMatchObject({ id: line?.id, reason: 'While social is down' });
  expect(screen.body.sections.account.data).toMatchObject({
    status: 'suspended',
    suspension: { reason: 'While social is down' },
  });
});

async function signIn(email: string): Promise<Browser> {
  const browser = openBrowser(portal, { ca });
  await browser.signIn(email);
  return browser;
}

async function requestScriptToken(): Promise<string> {
  const { tenantId, portalClientId, scriptClientId, scriptClientSecret } = stack.endpoints.entra;
  const answer = await got.post(`${stack.endpoints.urls['entra'] ?? ''}/${tenantId}/oauth2/v2.0/token`, {
    form: {
      grant_type: 'client_credentials',
      client_id: scriptClientId,
      client_secret: scriptClientSecret,
      scope: `api://${portalClientId}/.default`,
    },
    https: { certificateAuthority: ca },
  });
  return (JSON.parse(answer.body) as { access_token: string }).access_token;
}

interface Parts {
  searchParams?: Record<string, string>;
  json?: unknown;
}

async function asScript<T>(
  method: 'get' | 'post',
  place: string,
  parts: Parts = {},
): Promise<{ status: number; body: T }> {
  const answer = await got(place, {
    prefixUrl: portal,
    method,
    headers: { authorization: `Bearer ${token}` },
    ...parts,
    throwHttpErrors: false,
    retry: { limit: 0 },
  });
  return { status: answer.statusCode, body: JSON.parse(answer.body) as T };
}

async function linesAbout(userId: string): Promise<Schemas['AuditEvent'][]> {
  const searchParams = { targetType: 'user', targetId: userId };
  const { body } = await asScript<{ items: Schemas['AuditEvent'][] }>('get', 'v1/audit-events', { searchParams });
  return body.items.filter(({ action }) => action !== 'user.view');
}

async function signInAgain(person: Person): Promise<void> {
  const { api, email, password } = person;
  const { body } = await api.login({ body: { email, password } });
  person.signIn(body.accessToken);
}

async function tryToPost({ api }: Person): Promise<string | undefined> {
  try {
    await api.createPost({ body: { text: 'Hello', visibility: 'public' } });
    return 'posted';
  } catch (error) {
    return (error as { body: { code?: string } }).body.code;
  }
}
