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

/** A person with a consent: its id, their first account, and ways to read and to have things happen. */
async function linkPerson(running: Running) {
  const { id: consentId, form } = await giveConsent(running, randomUUID());
  const { access_token: token } = (await requestToken(running, form).expect(200)).body as { access_token: string };
  const own = await clientToken(running);
  const read = (target: string) => running.http.get(target).auth(token, { type: 'bearer' });
  const [account] = ((await read('/v1/accounts').expect(200)).body as { items: { id: string }[] }).items;
  const accountId = account?.id ?? '';
  const history = (await read('/v1/transactions?limit=500').expect(200)).body as Changes;
  return {
    consentId,
    accountId,
    own,
    read,
    cursor: history.nextCursor,
    news: async () => (await read(`/v1/transactions?cursor=${history.nextCursor}`).expect(200)).body as Changes,
    ask: (target: string) => running.http.get(target).auth(own, { type: 'bearer' }),
    transfer: async (direction = 'debit') => {
      const id = randomUUID();
      const body = {
        accountId,
        direction,
        amount: { amountMinor: 100, currency: 'EUR' },
        notAfter: new Date(Date.now() + 60_000).toISOString(),
      };
      await running.http.put(`/v1/transfers/${id}`).auth(own, { type: 'bearer' }).send(body).expect(200);
      return id;
    },
  };
}
interface Row {
  id: string;
  amount: { amountMinor: number };
  description: string;
  bookedOn: string;
  pendingId: string | null;
}
interface Changes {
  added: Row[];
  modified: Row[];
  removed: { id: string }[];
  nextCursor: string;
  hasMore: boolean;
}

function happen({ http }: Running, scenario: string, id: string) {
  return http.post(`/sandbox/scenarios/${scenario}`).send({ id }).expect(200);
}

function advance({ http }: Running, days: number) {
  return http
    .post('/sandbox/clock/advance')
    .send({ seconds: days * 86_400 })
    .expect(200);
}

async function eventsAbout({ ask }: Linked, id: string) {
  const events = [];
  let after = '';
  for (;;) {
    const { body } = (await ask(`/v1/events?limit=500${after}`).expect(200)) as { body: Feed };
    events.push(...body.items.filter(({ data }) => Object.values(data).includes(id)));
    if (!body.hasMore) return events;
    after = `&after=${body.nextCursor}`;
  }
}
type Linked = Awaited<ReturnType<typeof linkPerson>>;
interface Feed {
  items: { type: string; createdAt: string; data: { status?: string } }[];
  hasMore: boolean;
  nextCursor: string;
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

test('books two weekly orders in fifteen days, each on its own day, and a salary in a month, and tells of them', async () => {
  const bank = await startSandbox();
  const { form, id } = await giveConsent(bank);
  const tokens = (await requestToken(bank, form).expect(200)).body as { access_token: string; refresh_token: string };
  const accounts = await bank.http.get('/v1/accounts').auth(tokens.access_token, { type: 'bearer' });
  const accountId = (accounts.body as { items: { id: string }[] }).items[0]?.id;
  const first = await bank.http.get('/v1/transactions?limit=500').auth(tokens.access_token, { type: 'bearer' });
  const cursor = (first.body as Changes).nextCursor;
  const rent = { amountMinor: -90_000, description: 'RENT', every: 'month' };
  await bank.http
    .post(`/sandbox/accounts/${String(accountId)}/standing-orders`)
    .send(rent)
    .expect(201);
  const added = async () => {
    const grant = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    const { access_token: token } = (await requestToken(bank, grant).expect(200)).body as { access_token: string };
    const reply = await bank.http.get(`/v1/transactions?cursor=${cursor}`).auth(token, { type: 'bearer' }).expect(200);
    return (reply.body as Changes).added;
  };

  await advance(bank, 15);
  const listened = { ask: (target: string) => bank.http.get(target).auth(own, { type: 'bearer' }) } as Linked;
  const own = await clientToken(bank);
  expect((await eventsAbout(listened, id)).at(-1)).toMatchObject({ type: 'transactions.available' });
  const inTwoWeeks = await added();
  await advance(bank, 17);
  const inAMonth = await added();

  expect(inTwoWeeks.map(({ amount }) => amount.amountMinor)).toEqual([-2_500, -2_500]);
  const [one = '', two = ''] = inTwoWeeks.map(({ bookedOn }) => bookedOn);
  expect(Date.parse(two) - Date.parse(one)).toBe(7 * 86_400_000);
  expect(inAMonth.filter(({ description }) => description === 'SALARY')).toHaveLength(1);
  expect(inAMonth.filter(({ description }) => description === 'RENT')).toHaveLength(1);
  await bank.stop();
});

test('fails the same requests under the same seed, and begins anew with each setting', async () => {
  const statuses = async ({ http }: Running) => {
    const token = await clientToken({ http } as Running);
    await http.put('/sandbox/faults').send({ errorRate: 0.3, rateLimitRate: 0.3 }).expect(200);
    const seen = [];
    for (let nth = 0; nth < 12; nth += 1) {
      seen.push((await http.get('/v1/institutions').auth(token, { type: 'bearer' })).status);
    }
    await http.put('/sandbox/faults').send({}).expect(200);
    return seen;
  };
  const twin = await startSandbox(undefined, 'seed');

  const first = await statuses(sandbox);

  expect(new Set(first)).toEqual(new Set([200, 429, 503]));
  expect(await statuses(sandbox)).toEqual(first);
  expect(await statuses(twin)).toEqual(first);
  await twin.stop();
});

test('counts reads without the person for each day, and lets the person through', async () => {
  const bank = await startSandbox();
  // At noon no day ends under the test.
  const now = Math.floor(Date.now() / 1000);
  await bank.http
    .post('/sandbox/clock/advance')
    .send({ seconds: 129_600 - (now % 86_400) })
    .expect(200);
  const { read } = await linkPerson(bank);
  await bank.http.put('/sandbox/capabilities').send({ unattendedReadsPerDay: 2 }).expect(200);

  await read('/v1/balances').expect(200);
  await read('/v1/balances').expect(200);
  const refused = await read('/v1/balances').expect(429);

  expect(refused.body).toMatchObject({ code: 'rate_limited' });
  const seconds = Number(refused.headers['retry-after']);
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(86_400);
  await read('/v1/balances').set('X-Person-Present', 'true').expect(200);
  await read('/v1/accounts').expect(200);
  await bank.stop();
});

test('says 429 for the consent of the scenario alone, with the time to come back', async () => {
  const limited = await linkPerson(sandbox);
  const other = await linkPerson(sandbox);

  await happen(sandbox, 'rate_limited', limited.consentId);

  const refused = await limited.read('/v1/accounts').set('X-Person-Present', 'true').expect(429);
  expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
  await other.read('/v1/accounts').expect(200);
});

test('changes under a client that pages, once', async () => {
  const person = await linkPerson(sandbox);
  await happen(sandbox, 'add_pending', person.accountId);
  await happen(sandbox, 'mutation_during_pagination', person.consentId);

  const first = await person.news();
  const second = await person.read(`/v1/transactions?cursor=${first.nextCursor}`).expect(409);
  const again = await person.news();

  expect(first).toMatchObject({ hasMore: true });
  expect(second.body).toMatchObject({ code: 'transactions_mutated' });
  expect(again.added.length).toBeGreaterThan(7);
  expect(again.hasMore).toBe(false);
  expect(again.removed.map(({ id }) => id)).toContain(
    again.added.find(({ pendingId }) => pendingId !== null)?.pendingId,
  );
});

test('tells transactions again under new ids, equal ones, corrected ones, and takes some back', async () => {
  const person = await linkPerson(sandbox);
  const again = (await happen(sandbox, 'reissue_ids', person.accountId)).body as { again: string[]; earlier: string[] };
  const equal = (await happen(sandbox, 'equal_payments', person.accountId)).body as { ids: string[] };
  await happen(sandbox, 'correct_transaction', equal.ids[0] ?? '');
  await happen(sandbox, 'remove_transaction', equal.ids[1] ?? '');
  const pending = (await happen(sandbox, 'add_pending', person.accountId)).body as { id: string };
  await happen(sandbox, 'remove_pending', person.accountId);

  const { added, modified, removed } = await person.news();

  expect(added.map(({ id }) => id)).toEqual([...again.again, ...equal.ids, pending.id]);
  expect(again.again.some((id) => again.earlier.includes(id))).toBe(false);
  expect(modified).toEqual([expect.objectContaining({ id: equal.ids[0], description: 'CITY TRANSIT (CORRECTED)' })]);
  expect(removed.map(({ id }) => id)).toContain(equal.ids[1]);
  expect(removed.map(({ id }) => id)).toContain(pending.id);
});

test('lets transfers lie, go on, fail and return, and tells old news after new', async () => {
  const person = await linkPerson(sandbox);
  await sandbox.http.put('/sandbox/faults').send({ stallTransfers: true }).expect(200);
  const [stalled, refused] = [await person.transfer(), await person.transfer()];
  await advance(sandbox, 1);
  await sandbox.http.put('/sandbox/faults').send({}).expect(200);
  const own = await clientToken(sandbox);
  const ask = (id: string) => sandbox.http.get(`/v1/transfers/${id}`).auth(own, { type: 'bearer' }).expect(200);
  expect((await ask(stalled)).body).toMatchObject({ status: 'processing', settledAt: null, valueDate: null });

  await happen(sandbox, 'resume_transfer', stalled);
  await happen(sandbox, 'fail_transfer', refused);
  await happen(sandbox, 'return_transfer', stalled);
  await happen(sandbox, 'out_of_order_events', stalled);

  const returned = (await ask(stalled)).body as { settledAt: string; valueDate: string };
  expect(returned).toMatchObject({ status: 'returned', reason: 'account_holder_objected' });
  expect(returned.valueDate).toBe(returned.settledAt.slice(0, 10));
  expect((await ask(refused)).body).toMatchObject({ status: 'failed', reason: 'bank_refused' });
  const listened = { ask: (target: string) => sandbox.http.get(target).auth(own, { type: 'bearer' }) } as Linked;
  const told = (await eventsAbout(listened, stalled)).map(({ data }) => data.status);
  expect(told).toEqual(['processing', 'settled', 'returned', 'returned', 'processing', 'submitted']);
  const late = await sandbox.http.post('/sandbox/scenarios/fail_transfer').send({ id: refused });
  expect(late.status).toBe(409);
});

test('lacks what it is told to lack, with 501 and its name', async () => {
  const person = await linkPerson(sandbox);
  const id = await person.transfer();
  await sandbox.http.put('/sandbox/capabilities').send({ transferCancellation: false }).expect(200);

  const refused = await sandbox.http
    .post(`/v1/transfers/${id}/cancel`)
    .auth(person.own, { type: 'bearer' })
    .expect(501);
  await sandbox.http.put('/sandbox/capabilities').send({}).expect(200);

  expect(refused.body).toMatchObject({ code: 'capability_unavailable', capability: 'transferCancellation' });
  await sandbox.http.put('/sandbox/capabilities').send({ everything: true }).expect(400);
});

test('hides balances, closes accounts, and lets consents near their end', async () => {
  const person = await linkPerson(sandbox);
  const typesOf = async () => {
    const { body } = (await person.read('/v1/balances').expect(200)) as {
      body: { items: { accountId: string; type: string }[] };
    };
    return body.items.filter(({ accountId }) => accountId === person.accountId).map(({ type }) => type);
  };
  expect(await typesOf()).toEqual(['booked', 'available']);

  await happen(sandbox, 'available_unknown', person.accountId);
  expect(await typesOf()).toEqual(['booked']);
  await happen(sandbox, 'balance_unknown', person.accountId);
  expect(await typesOf()).toEqual([]);
  await happen(sandbox, 'close_account', person.accountId);
  const { body } = (await person.read('/v1/accounts').expect(200)) as { body: { items: unknown[] } };
  expect(body.items[0]).toMatchObject({ id: person.accountId, status: 'closed' });
  const ending = await happen(sandbox, 'consent_expiring', person.consentId);
  expect(ending.body).toMatchObject({ status: 'active' });
  await happen(sandbox, 'consent_expired', person.consentId);
  await person.read('/v1/accounts').expect(403);
});

test('shows every control on a page of plain forms, to its own pages alone', async () => {
  const { consentId } = await linkPerson(sandbox);
  const { items } = (await sandbox.http.get('/sandbox/scenarios').expect(200)).body as {
    items: { name: string; about: string }[];
  };

  const page = await sandbox.http.get('/sandbox').expect(200);
  const form = { name: 'reauth_required', id: consentId };
  const ran = await sandbox.http.post('/sandbox/page/scenarios').type('form').send(form).expect(200);
  const foreign = sandbox.http.post('/sandbox/page/scenarios').set('Sec-Fetch-Site', 'cross-site').type('form');

  for (const { name } of items) expect(page.text).toContain(`<h3>${name}</h3>`);
  expect(page.text).not.toContain('<script');
  expect(ran.text).toContain('reauth_required');
  await foreign.send(form).expect(403);
  await sandbox.http.post('/sandbox/page/clock').type('form').send({ days: '-1' }).expect(400);
});
