import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import supertest from 'supertest';
import { createLogger } from '#platform/logger';
import { findFreePorts } from '#platform/testing/ports';
import { decideConsent } from '../consent-form.ts';
import { testSettings } from '#platform/testing/test-settings';
import type { SandboxConfig } from '../config.ts';
import { createFlagshipSandbox } from '../sandbox.ts';

const redirectUri = 'http://127.0.0.1:1/callback';
const dataDirs: string[] = [];

async function startSandbox(dataDir = mkdtempSync(path.join(tmpdir(), 'sandbox-')), seed = 'seed') {
  dataDirs.push(dataDir);
  const [port = 0] = await findFreePorts(1);
  const url = `http://127.0.0.1:${String(port)}`;
  const config: SandboxConfig = {
    settings: testSettings({ port }),
    publicUrl: url,
    dataDir,
    seed,
    clientId: 'client',
    clientSecret: 'secret',
    redirectUris: [redirectUri],
    webhookUrl: 'http://127.0.0.1:1/webhooks',
    webhookSecrets: [`whsec_${randomBytes(32).toString('base64')}`],
    settlementMs: 1_000,
  };
  const sandbox = createFlagshipSandbox(config, createLogger({ name: 'sandbox', level: 'silent' }));
  await sandbox.start();
  return { url, http: supertest(url), dataDir, stop: () => sandbox.stop() };
}
type Running = Awaited<ReturnType<typeof startSandbox>>;

let sandbox: Running;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(async () => {
  await sandbox.stop();
  for (const dataDir of dataDirs) rmSync(dataDir, { recursive: true, force: true });
});

function requestToken({ http }: Running, form: object, credentials = 'client:secret') {
  const basic = Buffer.from(credentials).toString('base64');
  return http.post('/oauth/token').set('authorization', `Basic ${basic}`).type('form').send(form);
}

async function clientToken(running: Running): Promise<string> {
  const reply = await requestToken(running, { grant_type: 'client_credentials' });
  return (reply.body as { access_token: string }).access_token;
}

/** A consent that was given, up to its code. */
async function giveConsent(running: Running, userReference = 'someone') {
  const verifier = randomBytes(32).toString('base64url');
  const codeChallenge = createHash('sha256').update(verifier).digest('base64url');
  const body = { userReference, institutionId: 'first-sandbox-bank', redirectUri, state: randomUUID(), codeChallenge };
  const token = await clientToken(running);
  const reply = await running.http.post('/v1/consents').auth(token, { type: 'bearer' }).send(body).expect(201);
  const { authorizeUrl, id } = reply.body as { authorizeUrl: string; id: string };
  const { code, state } = await decideConsent(authorizeUrl);
  expect(state).toBe(body.state);
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri };
  return { id, authorizeUrl, form };
}

async function readAccounts(running: Running, userReference?: string) {
  const { form } = await giveConsent(running, userReference);
  const { access_token: token } = (await requestToken(running, form).expect(200)).body as { access_token: string };
  const { body } = await running.http.get('/v1/accounts').auth(token, { type: 'bearer' }).expect(200);
  return { token, items: (body as { items: { id: string; name: string }[] }).items };
}

test('gives a token for a code once, and only to who holds the verifier', async () => {
  const first = await giveConsent(sandbox);
  await requestToken(sandbox, first.form).expect(200);
  expect((await requestToken(sandbox, first.form).expect(400)).body).toMatchObject({ error: 'invalid_grant' });

  const second = await giveConsent(sandbox);
  const guessed = { ...second.form, code_verifier: randomBytes(32).toString('base64url') };
  await requestToken(sandbox, guessed).expect(400);
  await requestToken(sandbox, second.form).expect(400);
});

test('knows its client by the secret', async () => {
  const refused = await requestToken(sandbox, { grant_type: 'client_credentials' }, 'client:wrong').expect(401);

  expect(refused.body).toMatchObject({ error: 'invalid_client' });
  await sandbox.http.get('/v1/institutions').expect(401);
});

test('lets a consent page decide once', async () => {
  const { authorizeUrl } = await giveConsent(sandbox);

  const page = await fetch(authorizeUrl);

  expect(page.status).toBe(404);
});

test('shows the same person the same accounts, under the same seed alone', async () => {
  const first = await readAccounts(sandbox, 'maria');
  const again = await readAccounts(sandbox, 'maria');
  const twin = await startSandbox(undefined, 'seed');
  const stranger = await startSandbox(undefined, 'other seed');

  expect(again.items).toEqual(first.items);
  expect((await readAccounts(twin, 'maria')).items).toEqual(first.items);
  expect((await readAccounts(stranger, 'maria')).items).not.toEqual(first.items);
  await Promise.all([twin.stop(), stranger.stop()]);
});

test('comes back as it was after a restart: tokens, transfers, clock', async () => {
  const before = await startSandbox();
  const { token, items } = await readAccounts(before);
  await before.http.post('/sandbox/clock/advance').send({ seconds: 600 }).expect(200);
  const transferId = randomUUID();
  const transfer = {
    accountId: items[0]?.id,
    direction: 'debit',
    amount: { amountMinor: 100, currency: 'EUR' },
    notAfter: new Date(Date.now() + 10_000).toISOString(),
  };
  const own = await clientToken(before);
  await before.http.put(`/v1/transfers/${transferId}`).auth(own, { type: 'bearer' }).send(transfer).expect(200);
  await before.stop();

  const after = await startSandbox(before.dataDir);

  const kept = await after.http.get('/v1/accounts').auth(token, { type: 'bearer' }).expect(200);
  expect((kept.body as { items: unknown }).items).toEqual(items);
  const advanced = await after.http.post('/sandbox/clock/advance').send({ seconds: 600 }).expect(200);
  expect(Date.parse((advanced.body as { now: string }).now) - Date.now()).toBeGreaterThan(1_190_000);
  const { body } = await after.http.get(`/v1/transfers/${transferId}`).auth(own, { type: 'bearer' }).expect(200);
  expect(body).toMatchObject({ status: 'settled' });
  await after.stop();
});

test('takes no transfer after its own deadline', async () => {
  const { items } = await readAccounts(sandbox);
  const token = await clientToken(sandbox);
  const late = {
    accountId: items[0]?.id,
    direction: 'debit',
    amount: { amountMinor: 100, currency: 'EUR' },
    notAfter: new Date(Date.now() - 1).toISOString(),
  };

  const path = `/v1/transfers/${randomUUID()}`;
  const refused = await sandbox.http.put(path).auth(token, { type: 'bearer' }).send(late).expect(422);

  expect(refused.body).toMatchObject({ code: 'transfer_too_late' });
  await sandbox.http.get(path).auth(token, { type: 'bearer' }).expect(404);
});

test('fails as it is told to, and says what a control may hold', async () => {
  const token = await clientToken(sandbox);
  await sandbox.http.put('/sandbox/faults').send({ errorRate: 1, latencyMs: 50 }).expect(200);
  const started = Date.now();
  const failed = await sandbox.http.get('/v1/institutions').auth(token, { type: 'bearer' }).expect(503);
  expect(Date.now() - started).toBeGreaterThanOrEqual(49);
  expect(failed.body).toMatchObject({ code: 'fault_injected' });
  await sandbox.http.put('/sandbox/faults').send({}).expect(200);
  await sandbox.http.get('/v1/institutions').auth(token, { type: 'bearer' }).expect(200);

  await sandbox.http.put('/sandbox/faults').send({ dropWebhooks: true }).expect(200);
  await sandbox.http.put('/sandbox/faults').send({}).expect(200);
  await sandbox.http.put('/sandbox/faults').send({ errorRate: 2 }).expect(400);
  await sandbox.http.put('/sandbox/faults').send({ slow: true }).expect(400);
  await sandbox.http.post('/sandbox/clock/advance').send({}).expect(400);
  await sandbox.http.post('/sandbox/scenarios/no_such_thing').send({ id: 'x' }).expect(404);
});
