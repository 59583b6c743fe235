import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { components } from '#openapi/bff-admin';
import { openBrowser, readForm } from './kit/browser.ts';
import { personClaims, scriptClaims, startPortal } from './kit/portal.ts';
import type { Portal } from './kit/portal.ts';
import { send } from './kit/send.ts';

type Schemas = components['schemas'];

let portal: Portal;

beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.stop());

test('signs a member of staff in by the browser flow and says who they are', async () => {
  const browser = openBrowser(portal.url, portal.entra);

  const landing = await browser.signIn('support@clync.example');
  const me = await browser.http.get('v1/me').json();

  expect(landing.url).toBe(`${portal.url}/`);
  expect(landing.body).toContain('Sofia Support');
  expect(me).toEqual({
    name: 'Sofia Support',
    oid: 'a11ce000-0000-4000-8000-000000000003',
    tid: portal.config.azureAd.tenantId,
    roles: ['Support'],
    csrfToken: expect.stringMatching(/^[\w-]{43}$/),
  });
});

test('returns to the page that was asked for', async () => {
  const browser = openBrowser(portal.url, portal.entra);

  const page = await browser.signIn('admin@clync.example', '/v1/me?from=link');

  expect(page.url).toBe(`${portal.url}/v1/me?from=link`);
});

test.each([
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  'javascript:alert(1)',
  'relative',
])('refuses to return to %j', async (returnTo) => {
  const browser = openBrowser(portal.url, portal.entra);

  const answer = await browser.http.get('auth/login', { searchParams: { returnTo }, followRedirect: false });

  expect(answer.statusCode).toBe(400);
  expect(answer.headers.location).toBeUndefined();
});

test('changes the session id when somebody signs in, so that a planted one is worth nothing', async () => {
  const browser = openBrowser(portal.url, portal.entra);
  await browser.http.get('auth/login', { followRedirect: false });
  const planted = await browser.jar.getCookieString(portal.url);

  await browser.signIn('admin@clync.example');
  const attacker = openBrowser(portal.url, portal.entra);
  const withPlanted = await attacker.http.get('v1/me', { headers: { cookie: planted } });
  expect(await browser.jar.getCookieString(portal.url)).not.toBe(planted);
  expect(withPlanted.statusCode).toBe(401);
});

test('takes a state once, and only in the browser that began', async () => {
  const browser = openBrowser(portal.url, portal.entra);
  const other = openBrowser(portal.url, portal.entra);
  const page = await browser.http.get('auth/login');
  const { action, fields } = readForm(page.body);
  const chosen = await browser.http.get(action, {
    prefixUrl: '',
    searchParams: { ...fields, login_hint: 'admin@clync.example' },
    followRedirect: false,
  });
  const callback = chosen.headers.location ?? '';

  const elsewhere = await other.http.get(callback, { prefixUrl: '' });
  const first = await browser.http.get(callback, { prefixUrl: '', followRedirect: false });
  const second = await browser.http.get(callback, { prefixUrl: '', followRedirect: false });

  expect(JSON.parse(elsewhere.body)).toMatchObject({ status: 400, code: 'sign_in_failed' });
  expect(first.statusCode).toBe(302);
  expect(second.statusCode).toBe(400);
});

test('tells when Azure AD refuses', async () => {
  const browser = openBrowser(portal.url, portal.entra);
  const { fields } = readForm((await browser.http.get('auth/login')).body);

  const answer = await browser.http.get('auth/callback', {
    searchParams: { state: fields['state'] ?? '', error: 'access_denied' },
  });

  expect(JSON.parse(answer.body)).toMatchObject({ status: 400, code: 'sign_in_failed' });
});

test('holds the session in a cookie that scripts cannot read and other sites cannot use', async () => {
  const browser = openBrowser(portal.url, portal.entra);

  await browser.signIn('admin@clync.example');

  const cookies = await browser.jar.getCookies(portal.url);
  const cookie = cookies.find(({ key }) => key === 'clync-admin');
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'lax', path: '/', hostOnly: true, expires: 'Infinity' });
});

test('signs out here and at Azure AD', async () => {
  const browser = openBrowser(portal.url, portal.entra);
  await browser.signIn('admin@clync.example');
  const cookie = await browser.jar.getCookieString(portal.url);
  const headers = { 'x-csrf-token': await browser.csrfToken() };
  const signedOn = await browser.http.get('auth/login');

  const answer = await browser.http.post('auth/logout', { headers, followRedirect: false });
  const atAzureAd = await browser.http.get(answer.headers.location ?? '', { prefixUrl: '' });
  const replayed = await openBrowser(portal.url, portal.entra).http.get('v1/me', { headers: { cookie } });
  const again = await browser.http.get('auth/login');

  expect(answer.statusCode).toBe(303);
  expect(atAzureAd.url).toBe(`${portal.url}/`);
  expect(replayed.statusCode).toBe(401);
  expect(signedOn.body).toContain('You are signed on as Alice Admin');
  expect(again.body).toContain('Choose who you are');
  expect(again.body).not.toContain('You are signed on');
});

test('signs out by the form of the landing page, without script', async () => {
  const browser = openBrowser(portal.url, portal.entra);
  const landing = await browser.signIn('admin@clync.example');
  const { action, fields } = readForm(landing.body);

  const page = await browser.http.post(action.slice(1), { form: fields, followRedirect: true, methodRewriting: true });

  expect(page.body).toContain('Sign in with Azure AD');
  expect((await browser.http.get('v1/me')).statusCode).toBe(401);
});

test('the first page tells whoever may approve that somebody acts alone, until it is reviewed', async () => {
  const femi = await portal.entra.sign(personClaims({ oid: randomUUID(), roles: ['FinanceOps'] }));
  const alice = await portal.entra.sign(personClaims({ oid: randomUUID(), roles: ['Admin'] }));
  const json = { kind: 'money_freeze', payload: { userId: randomUUID() }, reason: 'Taken over', minutes: 15 };
  const firstPage = async (email: string) => (await openBrowser(portal.url, portal.entra).signIn(email)).body;

  const { body: grant } = await send<Schemas['BreakGlass']>(portal, femi, 'post', 'v1/break-glass', { json });
  const told = [await firstPage('admin@clync.example'), await firstPage('financeops@clync.example')];
  const others = [await firstPage('support@clync.example'), await firstPage('auditor@clync.example')];
  await send(portal, alice, 'post', `v1/proposals/${grant.proposal.id}/reject`, { json: { reason: 'No' } });
  const verdict = { verdict: 'unjustified', note: 'I was there' };
  const reviewed = await send(portal, alice, 'post', `v1/break-glass/${grant.id}/review`, { json: verdict });

  for (const page of told) expect(page).toContain('/v1/break-glass?reviewed=false');
  for (const page of others) expect(page).not.toContain('role="alert"');
  expect(reviewed.status).toBe(200);
  expect(await firstPage('admin@clync.example')).not.toContain('role="alert"');
});

test('lets somebody without a role sign in, and then do nothing', async () => {
  const browser = openBrowser(portal.url, portal.entra);

  const landing = await browser.signIn('newcomer@clync.example');
  const me = await browser.http.get('v1/me');

  expect(landing.body).toContain('You have no role yet');
  expect(me.statusCode).toBe(403);
  expect(JSON.parse(me.body)).toMatchObject({ code: 'forbidden' });
});

test('grants nothing for groups, of which somebody has too many for a token, and writes the refusals down', async () => {
  const browser = openBrowser(portal.url, portal.entra);
  const member = portal.entra.staff.find(({ email }) => email === 'newcomer@clync.example');

  Object.assign(member ?? {}, { manyGroups: true });
  await browser.signIn('newcomer@clync.example');
  const me = await browser.http.get('v1/me');
  Object.assign(member ?? {}, { manyGroups: false });
  const headers = { authorization: `Bearer ${await portal.entra.sign(scriptClaims())}` };
  const log = await openBrowser(portal.url, portal.entra).http.get(
    `v1/audit-events?actor=${member?.oid ?? ''}&limit=2`,
    {
      headers,
    },
  );

  expect(me.statusCode).toBe(403);
  expect(JSON.parse(log.body)).toMatchObject({
    items: [
      { action: 'access.refused', targetId: 'getMe', outcome: 'refused', actor: { name: 'Nora Newcomer', roles: [] } },
      { action: 'staff.sign_in', outcome: 'refused' },
    ],
  });
});

test.each(['docs', 'openapi.json', 'openapi/bff-admin.json', 'docs/start.js'])(
  'shows /%s to those who are signed in alone',
  async (path) => {
    const browser = openBrowser(portal.url, portal.entra);

    const before = await browser.http.get(path, { followRedirect: false });
    await browser.signIn('newcomer@clync.example');
    const after = await browser.http.get(path, { followRedirect: false });

    expect(before.statusCode).toBe(302);
    expect(before.headers.location).toBe(`/auth/login?returnTo=${encodeURIComponent(`/${path}`)}`);
    expect(after.statusCode).toBe(200);
  },
);

test('gives a script the document by its token', async () => {
  const headers = { authorization: `Bearer ${await portal.entra.sign(scriptClaims())}` };
  const browser = openBrowser(portal.url, portal.entra);

  const document = await browser.http.get('openapi.json', { headers }).json<{ info: { title: string } }>();

  expect(document.info.title).toBe('CLYNC portal');
});
