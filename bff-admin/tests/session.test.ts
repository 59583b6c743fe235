import { afterAll, beforeAll, expect, test } from '@jest/globals';
import got from 'got';
import { loadDocument, listOperations } from '#platform/document';
import { createTestClock } from '#platform/testing/test-clock';
import { withClient } from '#platform/database-setup';
import { openBrowser } from './kit/browser.ts';
import type { Browser } from './kit/browser.ts';
import { scriptClaims, startPortal } from './kit/portal.ts';
import type { Portal } from './kit/portal.ts';

const clock = createTestClock();
let portal: Portal;
let browser: Browser;

beforeAll(async () => {
  portal = await startPortal({ clock });
  browser = openBrowser(portal.url, portal.entra);
  await browser.signIn('admin@clync.example');
});
afterAll(() => portal.stop());

const unsafe = listOperations(loadDocument('bff-admin')).filter(({ method }) => method !== 'get');
const ridden: [string, (token: string) => Record<string, string>][] = [
  ['without a token', () => ({})],
  ['with an empty token', () => ({ 'x-csrf-token': '' })],
  ['with the token of another session', () => ({ 'x-csrf-token': 'A'.repeat(43) })],
  ['with a shortened token', (token) => ({ 'x-csrf-token': token.slice(0, -1) })],
  ['from another site', (token) => ({ 'x-csrf-token': token, 'sec-fetch-site': 'cross-site' })],
  ['from a neighbouring site', (token) => ({ 'x-csrf-token': token, 'sec-fetch-site': 'same-site' })],
  ['from nowhere', (token) => ({ 'x-csrf-token': token, 'sec-fetch-site': 'none' })],
  ['from another origin', (token) => ({ 'x-csrf-token': token, origin: 'https://evil.example' })],
  ['from a hidden origin', (token) => ({ 'x-csrf-token': token, origin: 'null' })],
];
test.each(
  unsafe.flatMap(({ id, method, path }) => ridden.map(([how, headers]) => ({ id, how, method, path, headers }))),
)('refuses $id $how', async ({ method, path, headers }) => {
  const url = path.slice(1).replace('{userId}', '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e');

  const answer = await browser.http(url, {
    method: method as 'post',
    headers: headers(await browser.csrfToken()),
    json: { reason: 'because' },
    followRedirect: false,
  });

  expect(JSON.parse(answer.body)).toMatchObject({ status: 403, code: 'csrf_refused' });
});

test('refuses a cookie that was changed', async () => {
  const cookie = await sessionCookie(browser);
  const attacker = openBrowser(portal.url, portal.entra);

  const answer = await attacker.http.get('v1/me', { headers: { cookie: `${cookie.slice(0, -3)}AAA` } });

  expect(answer.statusCode).toBe(401);
});

test('keeps the cookie to itself and to https where the portal is served by https', async () => {
  const secure = await startPortal({
    configure: (config) => ({ ...config, portalUrl: 'https://portal.clync.example' }),
  });

  const answer = await got(`${secure.url}/auth/login`, {
    headers: { 'x-forwarded-proto': 'https' },
    followRedirect: false,
  });
  await secure.stop();

  expect(answer.headers['set-cookie']).toEqual([
    expect.stringMatching(/^__Host-clync-admin=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
  ]);
});

test('judges a request with both a token and a cookie by the token', async () => {
  const token = await portal.entra.sign(scriptClaims({ tid: 'c2c2c2c2-0000-4000-8000-000000000002' }));

  const answer = await browser.http.get('v1/me', { headers: { authorization: `Bearer ${token}` } });

  expect(answer.statusCode).toBe(401);
});

test('ends a session after 15 idle minutes, and after 8 hours in all', async () => {
  const idle = openBrowser(portal.url, portal.entra);
  const old = openBrowser(portal.url, portal.entra);
  await idle.signIn('support@clync.example');
  await sql(
    `UPDATE admin.staff_session SET last_seen_at = now() - interval '15 minutes' WHERE content->'staff'->>'name' = 'Sofia Support'`,
  );
  await old.signIn('moderator@clync.example');
  await sql(
    `UPDATE admin.staff_session SET created_at = now() - interval '8 hours' WHERE content->'staff'->>'name' = 'Marco Moderator'`,
  );

  expect((await idle.http.get('v1/me')).statusCode).toBe(401);
  expect((await old.http.get('v1/me')).statusCode).toBe(401);
});

test('keeps no session id in the database', async () => {
  const cookie = decodeURIComponent(await sessionCookie(browser));
  const sid = /s:([^.]+)\./.exec(cookie)?.[1] ?? '';

  const rows = await sql(`SELECT id_hash, content::text FROM admin.staff_session`);

  expect(sid).not.toBe('');
  expect(JSON.stringify(rows)).not.toContain(sid);
});

test('takes a role away within 5 minutes of its removal at Azure AD', async () => {
  const moderator = openBrowser(portal.url, portal.entra);
  await moderator.signIn('moderator@clync.example');
  const staff = findStaff('moderator@clync.example');

  staff.roles = [];
  const atOnce = await moderator.http.get('v1/me');
  clock.advance(5 * 60_000);
  const later = await moderator.http.get('v1/me');
  staff.roles = ['Moderator'];

  expect(atOnce.statusCode).toBe(200);
  expect(later.statusCode).toBe(403);
});

test('ends the session of somebody whose account was disabled', async () => {
  const support = openBrowser(portal.url, portal.entra);
  await support.signIn('support@clync.example');
  const staff = findStaff('support@clync.example');

  staff.enabled = false;
  clock.advance(5 * 60_000);
  const answer = await support.http.get('v1/me');
  staff.enabled = true;

  expect(answer.statusCode).toBe(401);
  expect((await support.http.get('v1/me')).statusCode).toBe(401);
});

test('goes on with the last known roles while Azure AD is not reachable', async () => {
  const auditor = openBrowser(portal.url, portal.entra);
  await auditor.signIn('auditor@clync.example');

  portal.entra.faults.token = 'html';
  clock.advance(5 * 60_000);
  const answer = await auditor.http.get('v1/me');
  portal.entra.faults.token = 'none';

  expect(answer.statusCode).toBe(200);
});

function findStaff(email: string) {
  const found = portal.entra.staff.find((member) => member.email === email);
  if (!found) throw new Error(`the stand-in has no ${email}`);
  return found;
}

async function sessionCookie({ jar }: Browser): Promise<string> {
  const cookies = await jar.getCookies(portal.url);
  return cookies.find(({ key }) => key === 'clync-admin')?.cookieString() ?? '';
}

async function sql(query: string): Promise<unknown[]> {
  return withClient(portal.databases.adminUrl('admin'), async (client) => (await client.query<object>(query)).rows);
}
