import { createHmac, createPublicKey, generateKeyPairSync, sign, subtle } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import got from 'got';
import { portalClient, scriptClaims, scriptClient, startPortal, tenantId } from './kit/portal.ts';
import type { Portal } from './kit/portal.ts';

let portal: Portal;

beforeAll(async () => {
  portal = await startPortal({
    configure: (config) => ({ ...config, azureAd: { ...config.azureAd, tokenMaxAgeMinutes: 10 } }),
  });
});
afterAll(() => portal.stop());

const now = () => Math.floor(Date.now() / 1000);

test('knows a script by the token that Azure AD gives its client', async () => {
  const token = await requestToken(`api://${portalClient.id}/.default`);

  const me = await call(token);

  expect(me.statusCode).toBe(200);
  expect(JSON.parse(me.body)).toMatchObject({
    name: `app ${scriptClient.id}`,
    roles: ['Admin', 'Auditor'],
    csrfToken: null,
  });
});

test('knows a person by a delegated token with the scope of the portal', async () => {
  const claims = {
    oid: 'a11ce000-0000-4000-8000-000000000001',
    sub: 'pairwise',
    name: 'Alice Admin',
    scp: 'openid access_as_user',
  };

  const me = await call(await portal.entra.sign(scriptClaims(claims)));

  expect(JSON.parse(me.body)).toMatchObject({ name: 'Alice Admin', oid: claims.oid });
});

const expired = () => ({ iat: now() - 3600, nbf: now() - 3600, exp: now() - 61 });
const refused: [string, () => Record<string, unknown>][] = [
  ['another tenant', () => ({ tid: 'c2c2c2c2-0000-4000-8000-000000000002' })],
  ['no tenant', () => ({ tid: undefined })],
  ['two tenants', () => ({ tid: [tenantId, 'c2c2c2c2-0000-4000-8000-000000000002'] })],
  ['no issuer', () => ({ iss: undefined })],
  ['the issuer of version 1.0', () => ({ iss: `https://sts.windows.net/${tenantId}/` })],
  ['an issuer that begins as ours does', () => ({ iss: `${portal.entra.issuer}/evil` })],
  ['another issuer', () => ({ iss: 'https://login.microsoftonline.com/c2c2c2c2-0000-4000-8000-000000000002/v2.0' })],
  ['another audience', () => ({ aud: 'c1c1c1c1-0000-4000-8000-00000000000f' })],
  ['two audiences', () => ({ aud: [portalClient.id, 'c1c1c1c1-0000-4000-8000-00000000000f'] })],
  ['no audience', () => ({ aud: undefined })],
  ['the audience of the directory', () => ({ aud: 'https://graph.microsoft.com' })],
  ['an audience that ends in ours', () => ({ aud: `api://evil/${portalClient.id}` })],
  ['no version', () => ({ ver: undefined })],
  ['version 1.0', () => ({ ver: '1.0' })],
  ['a past expiry', expired],
  ['no expiry', () => ({ exp: undefined })],
  ['an empty expiry', () => ({ exp: null })],
  ['an issue of eleven minutes ago', () => ({ iat: now() - 660, nbf: now() - 660 })],
  ['no issue', () => ({ iat: undefined })],
  ['an issue that is no number', () => ({ iat: String(now()) })],
  ['an expiry that is no number', () => ({ exp: String(now() + 600) })],
  ['a start in the future', () => ({ nbf: now() + 90, iat: now() + 90 })],
  ['no start', () => ({ nbf: undefined })],
  ['an issue in the future', () => ({ iat: now() + 90 })],
  ['no object id', () => ({ oid: undefined, sub: undefined })],
  ['an object id that is none', () => ({ oid: 'admin', sub: 'admin' })],
  ['no client', () => ({ azp: undefined })],
  ['a client that is not registered', () => ({ azp: 'c1c1c1c1-0000-4000-8000-00000000000f' })],
  ['a nonce, as an ID token has', () => ({ nonce: 'n' })],
  ['another scope', () => ({ scp: 'User.Read' })],
  ['a scope that begins as ours does', () => ({ scp: 'access_as_user.read' })],
  ['an empty scope', () => ({ scp: '' })],
  ['a list of scopes', () => ({ scp: ['access_as_user'] })],
  ['neither a scope nor an application as its subject', () => ({ sub: 'somebody' })],
];
test.each(refused)('refuses a token with %s', async (_what, changes) => {
  const answer = await call(await portal.entra.sign(scriptClaims(changes())));

  expect(answer.statusCode).toBe(401);
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'unauthenticated', retryable: false });
});

test('allows for a clock that is a minute off', async () => {
  const late = scriptClaims({ iat: now() - 540, nbf: now() - 540, exp: now() - 30 });
  const early = scriptClaims({ iat: now() + 55, nbf: now() + 55 });

  expect((await call(await portal.entra.sign(late))).statusCode).toBe(200);
  expect((await call(await portal.entra.sign(early))).statusCode).toBe(200);
});

// Signed by Azure AD's own key, so that nothing but the header is wrong.
const headers: [string, Json][] = [
  ['of another type', { typ: 'at+jwt' }],
  ['without a type', { typ: undefined }],
  ['with critical extensions', { crit: ['exp'] }],
  ['whose payload is not encoded', { b64: false, crit: ['b64'] }],
  ['without a key id', { kid: undefined, x5t: undefined }],
  ['whose key id is no text', { kid: 1, x5t: 1 }],
  ['whose key id is a path', { kid: '../../dev/null', x5t: '../../dev/null' }],
  ['with two key ids', { x5t: 'other' }],
  ['without an algorithm', { alg: undefined }],
  ['whose algorithm is none', { alg: 'none' }],
  ['whose algorithm is misspelt', { alg: 'rs256' }],
  ['with RS512', { alg: 'RS512' }],
  ['with PS256', { alg: 'PS256' }],
];
test.each(headers)('refuses a token %s', async (_how, changes) => {
  expect((await call(await signedByAzureAd(changes))).statusCode).toBe(401);
});

test('takes the same token with the header that Azure AD gives it', async () => {
  expect((await call(await signedByAzureAd({}))).statusCode).toBe(200);
});

const forgeries: [string, (header: Json, payload: Json, good: string) => string][] = [
  ['without a signature', (header, payload) => `${encode({ ...header, alg: 'none' })}.${encode(payload)}.`],
  ['with NONE for its algorithm', (header, payload) => `${encode({ ...header, alg: 'NONE' })}.${encode(payload)}.AAAA`],
  ['signed by HMAC with the public key', (header, payload) => hmac({ ...header, alg: 'HS256' }, payload, publicJwk())],
  [
    'signed by HMAC with the public key as PEM',
    (header, payload) => hmac({ ...header, alg: 'HS256' }, payload, publicPem()),
  ],
  [
    'whose payload was changed',
    (_header, payload, good) => splice(good, 1, encode({ ...payload, roles: ['Admin', 'FinanceOps'] })),
  ],
  ['whose payload was taken out', (_header, _payload, good) => splice(good, 1, '')],
  ['whose signature was changed', (_header, _payload, good) => `${good.slice(0, -8)}AAAAAAAA`],
  ['whose signature was shortened', (_header, _payload, good) => good.slice(0, -8)],
  ['signed by another key under the same id', (header, payload) => signedByStranger(header, payload)],
  [
    'signed by an unknown key',
    (header, payload) => signedByStranger({ ...header, kid: 'unknown', x5t: 'unknown' }, payload),
  ],
  ['that brings its own key', (header, payload) => signedByStranger({ ...header, jwk: strangerJwk }, payload)],
  [
    'that says where its key is',
    (header, payload) => signedByStranger({ ...header, jku: 'https://evil.example/keys' }, payload),
  ],
  [
    'that says where its certificate is',
    (header, payload) => signedByStranger({ ...header, x5u: 'https://evil.example/cert' }, payload),
  ],
  ['of the phone app', (header, payload) => signedByPhoneKey({ ...header, alg: 'EdDSA' }, payload)],
  ['in four parts', (_header, _payload, good) => `${good}.AAAA`],
  ['in five parts, as an encrypted one', (_header, _payload, good) => `${good}.AAAA.AAAA`],
  ['in two parts', (_header, _payload, good) => good.split('.').slice(0, 2).join('.')],
  ['that is no JSON', () => 'bm8.bm8.bm8'],
  ['whose header is no object', (_header, _payload, good) => splice(good, 0, encode([] as unknown as Json))],
  ['whose header is empty', (_header, _payload, good) => splice(good, 0, 'bnVsbA')],
  ['that is empty', () => ''],
];
test.each(forgeries)('refuses a token %s', async (_how, forge) => {
  const good = await portal.entra.sign(scriptClaims());
  const [header = {}, payload = {}] = good.split('.', 2).map(decode);

  const answer = await call(forge(header, payload, good));

  expect(answer.statusCode).toBe(401);
});

test('refuses what else Azure AD signs: refresh tokens, sign-ons, tokens for other services', async () => {
  const person = { oid: 'a11ce000-0000-4000-8000-000000000001', sub: 'pairwise', roles: ['Admin'] };
  const others = await Promise.all(
    ['refresh', 'sign-on', 'https://graph.microsoft.com', 'api://another'].map((aud) =>
      portal.entra.sign({ ...person, aud, azp: portalClient.id, scp: 'access_as_user' }),
    ),
  );

  const answers = await Promise.all(others.map((token) => call(token)));

  expect(answers.map(({ statusCode }) => statusCode)).toEqual(others.map(() => 401));
});

test.each([
  ['a role that is no list', { roles: 'Admin' }],
  ['roles by other names', { roles: ['admin', 'Admin ', 'Owner'] }],
  ['roles in another claim', { roles: undefined, wids: ['Admin'], role: ['Admin'] }],
])('grants nothing for %s', async (_what, claims) => {
  const answer = await call(await portal.entra.sign(scriptClaims(claims)));

  expect(JSON.parse(answer.body)).toMatchObject({ status: 403, code: 'forbidden' });
});

test('refuses the ID token of a signed-in person', async () => {
  const claims = {
    oid: 'a11ce000-0000-4000-8000-000000000001',
    sub: 'pairwise',
    roles: ['Admin'],
    aud: portalClient.id,
  };

  expect((await call(await portal.entra.sign({ ...claims, nonce: 'n' }))).statusCode).toBe(401);
  expect((await call(await portal.entra.sign(claims))).statusCode).toBe(401);
});

test('takes a token in the Authorization header alone', async () => {
  const token = await portal.entra.sign(scriptClaims());
  const options = { throwHttpErrors: false, retry: { limit: 0 } };

  const inQuery = await got(`${portal.url}/v1/users?access_token=${token}`, options);
  const inBody = await got.post(`${portal.url}/v1/users/0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e/restore`, {
    ...options,
    json: { reason: 'x', access_token: token },
  });
  const inCookie = await got(`${portal.url}/v1/me`, {
    ...options,
    headers: { cookie: `clync-admin=${token}; access_token=${token}` },
  });
  const otherwise = await Promise.all(
    [
      { authorization: `Basic ${token}` },
      { authorization: token },
      { authorization: `Bearer ${token}, Bearer ${token}` },
      { 'x-forwarded-authorization': `Bearer ${token}` },
      { 'x-ms-token-aad-access-token': token },
    ].map((headers) => got(`${portal.url}/v1/me`, { ...options, headers: headers })),
  );

  const statuses = [inQuery, inBody, inCookie, ...otherwise].map(({ statusCode }) => statusCode);
  expect(statuses).toEqual(statuses.map(() => 401));
});

test('refuses a token without a role with 403, and writes that down', async () => {
  const oid = 'a11ce000-0000-4000-8000-0000000000ff';
  const roleless = await portal.entra.sign(scriptClaims({ oid, sub: oid, roles: undefined }));
  const overage = await portal.entra.sign(
    scriptClaims({
      oid,
      sub: oid,
      roles: undefined,
      groups: ['Admin'],
      _claim_names: { groups: 'src1' },
      hasgroups: true,
    }),
  );
  const auditor = await portal.entra.sign(scriptClaims());

  const answers = [await call(roleless), await call(overage)];
  const lines = await call(auditor, `v1/audit-events?actor=${oid}`);

  expect(answers.map(({ statusCode }) => statusCode)).toEqual([403, 403]);
  expect(JSON.parse(answers[0]?.body ?? '')).toMatchObject({ code: 'forbidden' });
  expect(JSON.parse(lines.body)).toMatchObject({
    items: [
      { action: 'access.refused', targetType: 'operation', targetId: 'getMe', outcome: 'refused' },
      { action: 'access.refused', targetId: 'getMe' },
    ],
  });
});

type Json = Record<string, unknown>;

const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const phoneKey = generateKeyPairSync('ed25519');
const strangerJwk = stranger.publicKey.export({ format: 'jwk' });

function call(token: string, path = 'v1/me') {
  return got(path, {
    prefixUrl: portal.url,
    headers: { authorization: `Bearer ${token}` },
    throwHttpErrors: false,
    retry: { limit: 0 },
  });
}

async function requestToken(scope: string): Promise<string> {
  const form = {
    grant_type: 'client_credentials',
    client_id: scriptClient.id,
    client_secret: scriptClient.secret,
    scope,
  };
  const answer = await got.post(portal.entra.tokenUrl, { form, https: { certificateAuthority: portal.entra.ca } });
  return (JSON.parse(answer.body) as { access_token: string }).access_token;
}

function encode(value: Json): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(part: string): Json {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;
}

function splice(token: string, at: number, part: string): string {
  return token.split('.').with(at, part).join('.');
}

function hmac(header: Json, payload: Json, secret: string): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

function publicJwk(): string {
  return JSON.stringify(portal.entra.keys.published()[0]);
}

function publicPem(): string {
  const key = JSON.parse(publicJwk()) as JsonWebKey;
  return createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
}

/** A good token but for what of its header is changed. */
async function signedByAzureAd(changes: Json): Promise<string> {
  const [header = {}, payload = {}] = (await portal.entra.sign(scriptClaims())).split('.', 2).map(decode);
  const input = `${encode({ ...header, ...changes })}.${encode(payload)}`;
  const { key } = await portal.entra.keys.current();
  const signature = await subtle.sign('RSASSA-PKCS1-v1_5', key, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString('base64url')}`;
}

function signedByPhoneKey(header: Json, payload: Json): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${sign(null, Buffer.from(input), phoneKey.privateKey).toString('base64url')}`;
}

function signedByStranger(header: Json, payload: Json): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${sign('sha256', Buffer.from(input), stranger.privateKey).toString('base64url')}`;
}
