import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import got from 'got';
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import type { JSONWebKeySet } from 'jose';
import { startEntra } from '../start-entra.ts';
import type { Entra } from '../start-entra.ts';
import type { Client } from '../tenant.ts';

const portal = client('c1c1c1c1-0000-4000-8000-00000000000a', {
  redirectUris: ['http://localhost:4001/auth/callback'],
  logoutUris: ['http://localhost:4001/'],
  frontChannelLogoutUri: 'http://localhost:4001/auth/frontchannel-logout',
});
const daemon = client('c1c1c1c1-0000-4000-8000-00000000000b', { roles: ['Auditor'] });
const tenantId = 'c1c1c1c1-0000-4000-8000-000000000001';

let dataDir: string;
let entra: Entra;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'clync-entra-'));
  entra = await start();
});
afterAll(async () => {
  await entra.stop();
  await rm(dataDir, { recursive: true });
});

test('keeps its authority and keys in files that nobody else can read', async () => {
  const files = await readdir(dataDir);

  expect(files.sort()).toEqual(['ca-key.pem', 'ca.pem', 'signing-keys.json']);
  for (const file of files) expect((await stat(path.join(dataDir, file))).mode & 0o777).toBe(0o600);
});

test('signs a person in for a code, which is worth its tokens once', async () => {
  const verifier = 'v'.repeat(43);
  const code = await authorize({ login_hint: 'auditor@clync.example', nonce: 'n', ...pkce(verifier) });

  const first = await redeem({ code, code_verifier: verifier });
  const second = await redeem({ code, code_verifier: verifier });

  const claims = await verify(first.body['id_token'], portal.id);
  expect(claims).toMatchObject({ name: 'Aiko Auditor', roles: ['Auditor'], nonce: 'n', tid: tenantId, ver: '2.0' });
  expect(decodeJwt(String(first.body['access_token']))).toMatchObject({
    aud: portal.id,
    azp: portal.id,
    scp: 'access_as_user',
  });
  expect(second).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
});

test.each([
  ['another verifier', { code_verifier: 'w'.repeat(43) }],
  ['no verifier', {}],
  ['another redirect URI', { code_verifier: 'v'.repeat(43), redirect_uri: 'http://localhost:9/' }],
  ['another client', { code_verifier: 'v'.repeat(43), client_id: daemon.id, client_secret: daemon.secret }],
])('gives nothing for a code with %s', async (_what, form) => {
  const code = await authorize({ login_hint: 'admin@clync.example', ...pkce('v'.repeat(43)) });

  expect((await redeem({ code, ...form })).status).toBe(400);
});

test('sends nobody to an address that is not registered', async () => {
  const answer = await get('oauth2/v2.0/authorize', { ...request, redirect_uri: 'https://evil.example/' });

  expect(answer.statusCode).toBe(400);
  expect(answer.headers.location).toBeUndefined();
});

test('remembers who signed on, for a client that asks without a page', async () => {
  const first = await get('oauth2/v2.0/authorize', { ...request, login_hint: 'support@clync.example' });
  const cookie = first.headers['set-cookie']?.[0]?.split(';')[0] ?? '';

  const silent = await get('oauth2/v2.0/authorize', { ...request, prompt: 'none' }, { cookie });
  const stranger = await get('oauth2/v2.0/authorize', { ...request, prompt: 'none' });

  expect(new URL(silent.headers.location ?? '').searchParams.get('code')).toMatch(/./);
  expect(new URL(stranger.headers.location ?? '').searchParams.get('error')).toBe('login_required');
});

test('gives tokens for a refresh token, with the roles of that moment, until the account is disabled', async () => {
  const code = await authorize({ login_hint: 'moderator@clync.example' });
  const { refresh_token: refreshToken } = (await redeem({ code })).body;
  const member = entra.staff.find(({ email }) => email === 'moderator@clync.example') ?? fail();
  const refresh = () => redeem({ grant_type: 'refresh_token', refresh_token: String(refreshToken) });

  member.roles = ['Support'];
  const changed = await refresh();
  member.enabled = false;
  const disabled = await refresh();

  expect(decodeJwt(String(changed.body['id_token']))).toMatchObject({ roles: ['Support'] });
  expect(disabled).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
});

test('knows a daemon by its secret', async () => {
  const form = { grant_type: 'client_credentials', scope: `api://${portal.id}/.default`, client_id: daemon.id };

  const good = await redeem({ ...form, client_secret: daemon.secret });
  const bad = await redeem({ ...form, client_secret: 'guess' });

  expect(await verify(good.body['access_token'], portal.id)).toMatchObject({ azp: daemon.id, roles: ['Auditor'] });
  expect(bad).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
});

test('answers by a posted form where the client asks for one', async () => {
  const answer = await get('oauth2/v2.0/authorize', {
    ...request,
    response_mode: 'form_post',
    login_hint: 'admin@clync.example',
  });

  expect(answer.body).toContain('<form method="post" action="http://localhost:4001/auth/callback">');
  expect(answer.body).toMatch(/name="code" value="[\w-]+"/);
});

test('misbehaves when it is told to, and stops when it is told to', async () => {
  await control('put', 'faults', { metadata: 'html' });
  const broken = await get('v2.0/.well-known/openid-configuration', {});
  await control('put', 'faults', { metadata: 'none' });
  const whole = await get('v2.0/.well-known/openid-configuration', {});

  expect(broken.headers['content-type']).toContain('text/html');
  expect(JSON.parse(whole.body)).toMatchObject({ issuer: entra.issuer });
});

test.each([
  ['put', 'faults', { metadata: 'sleep' }],
  ['put', 'faults', { authorize: 'hang' }],
  ['put', 'faults', { clockOffsetSeconds: 'soon' }],
  ['post', 'keys/rotate', { withdrawOld: 'yes' }],
  ['put', 'staff/admin@clync.example', { roles: 'Admin' }],
  ['put', 'staff/admin@clync.example', { name: 'Mallory' }],
] as const)('refuses %s %s %j, and changes nothing', async (method, place, json) => {
  const before = await Promise.all([control('get', 'faults'), control('get', 'staff')]);

  const answer = await control(method, place, json);

  expect(answer.status).toBe(400);
  expect(await Promise.all([control('get', 'faults'), control('get', 'staff')])).toEqual(before);
});

test('heals of everything at once', async () => {
  await control('put', 'faults', { keys: 'error', token: 'html', clockOffsetSeconds: -600 });

  const healed = await control('delete', 'faults');

  expect(healed.body).toEqual({ metadata: 'none', keys: 'none', token: 'none', clockOffsetSeconds: 0 });
});

test('sends a pointer in place of too many groups', async () => {
  await control('put', 'staff/newcomer@clync.example', { manyGroups: true });
  const { body } = await redeem({ code: await authorize({ login_hint: 'newcomer@clync.example' }) });
  await control('put', 'staff/newcomer@clync.example', { manyGroups: false });

  const claims = decodeJwt(String(body['id_token']));
  expect(claims).toMatchObject({ _claim_names: { groups: 'src1' } });
  expect(claims['roles']).toBeUndefined();
});

test('tells the clients in hidden frames that somebody signed out, and sends back whoever asks for it', async () => {
  const signedOn = await get('oauth2/v2.0/authorize', { ...request, login_hint: 'support@clync.example' });
  const cookie = signedOn.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  const sid = new URL(signedOn.headers.location ?? '').searchParams.get('session_state') ?? '';

  const page = await get('oauth2/v2.0/logout', {}, { cookie });
  const back = await get('oauth2/v2.0/logout', { post_logout_redirect_uri: 'http://localhost:4001/' }, { cookie });
  const stranger = await get('oauth2/v2.0/logout', {});

  const query = new URLSearchParams({ iss: entra.issuer, sid }).toString().replaceAll('&', '&#38;');
  expect(page.body).toContain(`<iframe hidden src="http://localhost:4001/auth/frontchannel-logout?${query}">`);
  expect(back.headers.location).toBe('http://localhost:4001/');
  expect(stranger.body).not.toContain('<iframe');
});

test('keeps its authority and keys over a restart', async () => {
  const [token, { ca }] = [await entra.sign({ aud: 'x' }), entra];

  await entra.stop();
  entra = await start();

  expect(entra.ca).toBe(ca);
  const { keys } = JSON.parse((await get('discovery/v2.0/keys', {})).body) as JSONWebKeySet;
  await expect(jwtVerify(token, createLocalJWKSet({ keys }))).resolves.toBeDefined();
});

const request = {
  client_id: portal.id,
  redirect_uri: 'http://localhost:4001/auth/callback',
  response_type: 'code',
  state: 's',
  scope: `openid offline_access api://${portal.id}/access_as_user`,
};

function fail(): never {
  throw new Error('the stand-in lacks a seeded member of staff');
}

function client(id: string, parts: Partial<Client>) {
  return { id, secret: `secret of ${id}`, oid: id, name: id, redirectUris: [], logoutUris: [], roles: [], ...parts };
}

function start(): Promise<Entra> {
  return startEntra({ port: 0, dataDir, tenantId, clients: [portal, daemon] });
}

function pkce(verifier: string) {
  return { code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' };
}

async function control(method: 'get' | 'put' | 'post' | 'delete', place: string, json?: object) {
  const answer = await got(`${entra.origin}/control/${place}`, {
    method,
    ...(json && { json }),
    https: { certificateAuthority: entra.ca },
    throwHttpErrors: false,
  });
  return { status: answer.statusCode, body: JSON.parse(answer.body) as unknown };
}

function get(place: string, searchParams: Record<string, string>, headers: Record<string, string> = {}) {
  return got(`${entra.origin}/${tenantId}/${place}`, {
    searchParams,
    headers,
    https: { certificateAuthority: entra.ca },
    followRedirect: false,
    throwHttpErrors: false,
  });
}

async function authorize(params: Record<string, string>): Promise<string> {
  const { headers } = await get('oauth2/v2.0/authorize', { ...request, ...params });
  return new URL(headers.location ?? '').searchParams.get('code') ?? '';
}

async function redeem(form: Record<string, string>): Promise<{ status: number; body: Record<string, unknown> }> {
  const base = {
    grant_type: 'authorization_code',
    client_id: portal.id,
    client_secret: portal.secret,
    redirect_uri: request.redirect_uri,
  };
  const answer = await got.post(entra.tokenUrl, {
    form: { ...base, ...form },
    https: { certificateAuthority: entra.ca },
    throwHttpErrors: false,
  });
  return { status: answer.statusCode, body: JSON.parse(answer.body) as Record<string, unknown> };
}

async function verify(token: unknown, audience: string) {
  const { keys } = JSON.parse((await get('discovery/v2.0/keys', {})).body) as JSONWebKeySet;
  const { payload } = await jwtVerify(String(token), createLocalJWKSet({ keys }), { issuer: entra.issuer, audience });
  return payload;
}
