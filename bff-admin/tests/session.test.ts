import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import got from 'got';
import { loadDocument, listOperations } from '#platform/document';
import { createTestClock } from '#platform/testing/test-clock';
import { waitFor } from '#platform/testing/wait';
import { withClient } from '#platform/database-setup';
import { openBrowser, readForm } from './kit/browser.ts';
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
beforeEach(() => {
  clock.set(new Date());
});
afterAll(() => portal.stop());

const userId = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';

const ridden: [string, (token: string) => Record<string, string>][] = [
  ['without a token', () => ({})],
  ['with an empty token', () => ({ 'x-csrf-token': '' })],
  ['with the token of another session', () => ({ 'x-csrf-token': 'A'.repeat(43) })],
  ['with a shortened token', (token) => ({ 'x-csrf-token': token.slice(0, -1) })],
  ['with a token twice', (token) => ({ 'x-csrf-token': `${token}, ${token}` })],
  ['with a token under another name', (token) => ({ 'x-xsrf-token': token, 'csrf-token': token })],
  ['from another site', (token) => ({ 'x-csrf-token': token, 'sec-fetch-site': 'cross-site' })],
  ['from a neighbouring site', (token) => ({ 'x-csrf-token': token, 'sec-fetch-site': 'same-site' })],
  ['from nowhere', (token) => ({ 'x-csrf-token': token, 'sec-fetch-site': 'none' })],
  ['from two sites', (token) => ({ 'x-csrf-token': token, 'sec-fetch-site': 'same-origin, cross-site' })],
  ['from another origin', (token) => ({ 'x-csrf-token': token, origin: 'https://evil.example' })],
  ['from another port', (token) => ({ 'x-csrf-token': token, origin: 'http://localhost:1' })],
  ['from a hidden origin', (token) => ({ 'x-csrf-token': token, origin: 'null' })],
  [
    'from another origin that says it is ours',
    (token) => ({ 'x-csrf-token': token, 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }),
  ],
];

// What no cookie opens, such as what another process of ours asks for, cannot be ridden.
const unsafe = listOperations(loadDocument('bff-admin')).filter(
  ({ method, security }) => method !== 'get' && security.some((requirement) => 'portalSession' in requirement),
);
test.each(unsafe)('refuses $id to whoever rides the cookie', async ({ method, path }) => {
  const token = await browser.csrfToken();

  const refusals = await Promise.all(
    ridden.map(async ([how, headers]) => {
      const answer = await browser.http(path.slice(1).replace(/\{\w+\}/g, userId), {
        method: method as 'post',
        headers: headers(token),
        json: { reason: 'because', csrfToken: token },
        searchParams: { csrfToken: token },
        followRedirect: false,
      });
      const { code } = JSON.parse(answer.body) as { code: string };
      return [how, answer.statusCode, code];
    }),
  );

  expect(refusals).toEqual(ridden.map(([how]) => [how, 403, 'csrf_refused']));
});

test('refuses the form of the landing page to other sites, and without its token', async () => {
  const csrfToken = await browser.csrfToken();
  const post = (form: object, headers: Record<string, string>) =>
    browser.http.post('sign-out', { form, headers, followRedirect: false });

  const answers = await Promise.all([
    post({}, { 'x-csrf-token': csrfToken }),
    post({ csrfToken: 'A'.repeat(43) }, {}),
    post({ csrfToken }, { 'sec-fetch-site': 'cross-site' }),
    post({ csrfToken }, { origin: 'https://evil.example' }),
  ]);

  expect(answers.map(({ body }) => (JSON.parse(body) as { code: string }).code)).toEqual(
    answers.map(() => 'csrf_refused'),
  );
});

test('did nothing of all that was refused, and lets the portal’s own pages through', async () => {
  const token = await browser.csrfToken();
  const own = [
    {},
    { origin: portal.url },
    { origin: portal.url, 'sec-fetch-site': 'same-origin' },
    { origin: 'null', 'sec-fetch-site': 'same-origin' },
  ];

  const done = await sql(`SELECT action FROM admin.audit_event WHERE action <> 'staff.sign_in'`);
  const statuses = await Promise.all(
    own.map(async (headers) => {
      const all = { 'x-csrf-token': token, ...headers };
      const answer = await browser.http.post(`v1/users/${userId}/suspend`, { headers: all, json: {} });
      return answer.statusCode;
    }),
  );

  expect(done).toEqual([]);
  // Past the door, the contract misses the reason.
  expect(statuses).toEqual(own.map(() => 400));
});

test('refuses a cookie that was changed, made up, or signed by somebody else', async () => {
  const cookie = await sessionCookie(browser);
  const [sid = ''] = /(?<=s%3A)[^.]+/.exec(cookie) ?? [];
  const signedElsewhere = createHmac('sha256', 'another secret').update(sid).digest('base64').replace(/=+$/, '');
  const forged = [
    `${cookie.slice(0, -3)}AAA`,
    cookie.replace(/\..*$/, ''),
    `clync-admin=${sid}`,
    `clync-admin=s%3A${sid}.`,
    `clync-admin=s%3A${sid}.${encodeURIComponent(signedElsewhere)}`,
    `__Host-${cookie}`,
    'clync-admin=s%3Aplanted.planted',
  ];

  const answers = await Promise.all([cookie, ...forged].map((value) => meWith({ cookie: value })));

  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, ...forged.map(() => 401)]);
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

test('goes on with the last known roles while Azure AD does not answer, for an hour', async () => {
  const auditor = openBrowser(portal.url, portal.entra);
  await auditor.signIn('auditor@clync.example');

  portal.entra.faults.token = 'html';
  clock.advance(5 * 60_000);
  const before = portal.entra.requests.token;
  const soon = [await auditor.http.get('v1/me'), await auditor.http.get('v1/me')];
  const asked = portal.entra.requests.token - before;
  clock.advance(56 * 60_000);
  const late = await auditor.http.get('v1/me');
  portal.entra.faults.token = 'none';
  clock.advance(-55 * 60_000);
  const healed = await auditor.http.get('v1/me');

  expect(soon.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  expect(asked).toBe(1);
  expect(JSON.parse(late.body)).toMatchObject({ status: 503, code: 'identity_provider_unavailable' });
  expect(healed.statusCode).toBe(200);
});

test('takes a wrong clock at Azure AD for no word about anybody', async () => {
  const auditor = openBrowser(portal.url, portal.entra);
  await auditor.signIn('auditor@clync.example');

  clock.advance(5 * 60_000);
  portal.entra.faults.clockOffsetSeconds = 1_200;
  const answer = await auditor.http.get('v1/me');
  portal.entra.faults.clockOffsetSeconds = 0;

  expect(answer.statusCode).toBe(200);
});

test('does not ask Azure AD for each of the requests of a session that come together', async () => {
  const auditor = openBrowser(portal.url, portal.entra);
  await auditor.signIn('auditor@clync.example');
  clock.advance(5 * 60_000);
  const before = portal.entra.requests.token;

  const answers = await Promise.all(Array.from({ length: 8 }, () => auditor.http.get('v1/me')));

  expect(answers.map(({ statusCode }) => statusCode)).toEqual(answers.map(() => 200));
  // One that had read the session before, and comes after the answer, asks a second time.
  expect(portal.entra.requests.token).toBeLessThan(before + answers.length);
});

test('ends a session that Azure AD gave nothing to ask again with', async () => {
  const support = openBrowser(portal.url, portal.entra);
  await support.signIn('support@clync.example');
  await sql(
    `UPDATE admin.staff_session SET content = content - 'refreshToken' WHERE content->'staff'->>'name' = 'Sofia Support'`,
  );

  const atOnce = await support.http.get('v1/me');
  clock.advance(5 * 60_000);
  const later = await support.http.get('v1/me');

  expect([atOnce.statusCode, later.statusCode]).toEqual([200, 401]);
});

test('ends the sessions of whoever signs out at Azure AD, by its sid, and no other', async () => {
  const support = openBrowser(portal.url, portal.entra);
  const other = openBrowser(portal.url, portal.entra);
  await support.signIn('support@clync.example');
  await other.signIn('support@clync.example');

  const page = await support.http.get(portal.entra.tokenUrl.replace('/token', '/logout'), { prefixUrl: '' });
  const [frame = ''] = /(?<=<iframe hidden src=")[^"]+/.exec(page.body.replaceAll('&#38;', '&')) ?? [];
  // The browser sends no cookie from within another site's frame.
  const told = await got(frame, { throwHttpErrors: false });
  const again = await got(frame, { throwHttpErrors: false });
  const [after, elsewhere] = [await support.http.get('v1/me'), await other.http.get('v1/me')];
  const lines = await sql(
    `SELECT actor_name FROM admin.audit_event WHERE action = 'staff.sign_out' AND details = '{"by": "azure_ad"}'
     ORDER BY seq DESC LIMIT 1`,
  );

  expect(frame).toContain(`${portal.url}/auth/frontchannel-logout?iss=`);
  expect([told.statusCode, again.statusCode]).toEqual([200, 200]);
  expect(told.headers).toMatchObject({
    'cache-control': 'no-cache, no-store',
    'content-security-policy': `default-src 'none'; frame-ancestors ${portal.entra.origin}`,
  });
  expect([after.statusCode, elsewhere.statusCode]).toEqual([401, 200]);
  expect(lines).toEqual([{ actor_name: 'Sofia Support' }]);
});

test.each([
  ['of another issuer', { iss: 'https://login.example/v2.0', sid: '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e' }],
  ['without an issuer', { sid: '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e' }],
  ['without a sid', { iss: 'https://login.example/v2.0' }],
  ['with a sid that is none', { iss: 'https://login.example/v2.0', sid: '%' }],
])('refuses to hear of a sign-out %s', async (_what, searchParams) => {
  const answer = await got(`${portal.url}/auth/frontchannel-logout`, { searchParams, throwHttpErrors: false });

  expect(JSON.parse(answer.body)).toMatchObject({ status: 400, code: 'invalid_request' });
});

test('leaves a session ended although a request that held it ends after it', async () => {
  const moderator = openBrowser(portal.url, portal.entra);
  await moderator.signIn('moderator@clync.example');
  const cookie = await sessionCookie(moderator);
  const csrfToken = await moderator.csrfToken();

  // An answer of Azure AD uses up the state in the session, and the request then waits for its tokens.
  const { fields } = readForm((await moderator.http.get('auth/login')).body);
  portal.entra.faults.token = 'hang';
  const before = portal.entra.requests.token;
  const held = moderator.http.get('auth/callback', { searchParams: { state: fields['state'] ?? '', code: 'x' } });
  await waitFor('the portal to ask for tokens', () => portal.entra.requests.token > before);
  await sql(`DELETE FROM admin.staff_session WHERE content->>'csrfToken' = '${csrfToken}'`);
  const { statusCode } = await held;
  portal.entra.faults.token = 'none';

  expect(statusCode).toBe(503);
  expect((await meWith({ cookie })).statusCode).toBe(401);
});

function meWith(headers: Record<string, string>) {
  return got(`${portal.url}/v1/me`, { headers, throwHttpErrors: false, retry: { limit: 0 } });
}

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
