import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import type { components } from '#openapi/bff-admin';
import { newId } from '#platform/ids';
import { createServiceTokenIssuer } from '#platform/service-token';
import type { ServiceTokenIssuer } from '#platform/service-token';
import { createTestClock } from '#platform/testing/test-clock';
import { createContext } from '../context.ts';
import { settleDecision } from '../services/decisions.ts';
import { personClaims, phoneKey, scriptClaims, startPortal } from './kit/portal.ts';
import type { Portal } from './kit/portal.ts';
import { send } from './kit/send.ts';
import type { Answer, Method } from './kit/send.ts';

type Schemas = components['schemas'];
type Announcement = Schemas['StaffAnnouncement'];
const clock = createTestClock();
let portal: Portal;
let phone: ServiceTokenIssuer;

beforeAll(async () => {
  portal = await startPortal({ clock });
  phone = await createServiceTokenIssuer('bff-mobile', phoneKey.privateKey);
});
afterAll(() => portal.stop());

interface Parts {
  json?: object;
  headers?: Record<string, string>;
  claims?: Record<string, unknown>;
}

/** Calls as staff, by default with the role Admin. */
async function call<T>(method: Method, path: string, { claims, ...parts }: Parts = {}): Promise<Answer<T>> {
  const token = await portal.entra.sign(scriptClaims({ roles: ['Admin'], ...claims }));
  return send(portal, token, method, path, parts);
}

/** Calls as the phone's BFF. */
async function callAsPhone<T>(method: Method, path: string): Promise<Answer<T>> {
  return send(portal, await phone.issue('bff-admin', { service: true }), method, path);
}

async function appState(): Promise<Schemas['AppState']> {
  return (await callAsPhone<Schemas['AppState']>('get', 'v1/app-state')).body;
}

async function linesAbout(targetType: string, targetId: string): Promise<Schemas['AuditEvent'][]> {
  const query = new URLSearchParams({ targetType, targetId }).toString();
  const claims = { roles: ['Auditor'] };
  return (await call<{ items: Schemas['AuditEvent'][] }>('get', `v1/audit-events?${query}`, { claims })).body.items;
}

/** Looks behind the portal. */
async function query(sql: string): Promise<object[]> {
  const client = new Client({ connectionString: portal.databases.adminUrl('admin') });
  await client.connect();
  const { rows } = await client.query<object>(sql);
  await client.end();
  return rows;
}

const dismissals = () => query('SELECT * FROM admin.announcement_dismissal');

function etagOf({ headers }: Answer<unknown>): string {
  return String(headers['etag']);
}

function later(minutes: number): string {
  return new Date(clock.now().getTime() + minutes * 60_000).toISOString();
}

test('tells the phones what is announced until it is over or taken back, and a day ahead what is coming', async () => {
  const told = async () => (await appState()).announcements.map(({ title }) => title);
  const { body: far } = await call<Announcement>('post', 'v1/announcements', {
    json: { title: 'Far', body: 'In two days.', startsAt: later(48 * 60) },
  });
  await call('post', 'v1/announcements', { json: { title: 'Now', body: 'It is on.' } });
  const soon = { title: 'Soon', body: 'It begins in ten minutes.', startsAt: later(10), endsAt: later(20) };
  const { status, body } = await call<Announcement>('post', 'v1/announcements', { json: soon });

  const before = await told();
  clock.advance(21 * 60_000);
  const after = await told();
  const all = await call<{ items: Announcement[] }>('get', 'v1/announcements');
  const taken = await call('delete', `v1/announcements/${body.id}`);
  const again = await call('delete', `v1/announcements/${body.id}`);
  await call('delete', `v1/announcements/${far.id}`);

  expect(status).toBe(201);
  expect([before, after]).toEqual([['Soon', 'Now'], ['Now']]);
  expect(all.body.items.map(({ title }) => title)).toEqual(['Far', 'Soon', 'Now']);
  expect([taken.status, again.status]).toEqual([204, 404]);
});

test('changes an announcement, not one that has changed meanwhile, and not into nonsense', async () => {
  const json = { title: 'Change', body: 'Soon.', endsAt: later(10), audience: { platforms: ['ios'] } };
  const made = await call<Announcement>('post', 'v1/announcements', { json });
  const place = `v1/announcements/${made.body.id}`;
  const headers = { 'if-match': etagOf(made) };

  const changed = await call<Announcement>('patch', place, { json: { title: 'Changed', endsAt: null }, headers });
  const stale = await call<{ code: string }>('patch', place, { json: { title: 'Late' }, headers });
  const backwards = await call<{ code: string }>('patch', place, { json: { endsAt: '2020-01-01T00:00:00Z' } });
  const nobody = await call<{ code: string }>('patch', `v1/announcements/${newId()}`, { json: { title: 'x' } });
  const empty = await call('patch', place, { json: {} });
  const [line] = await linesAbout('announcement', made.body.id);

  expect(changed.body).toMatchObject({ title: 'Changed', body: 'Soon.', endsAt: null, version: 2 });
  expect(changed.body.audience).toEqual({
    platforms: ['ios'],
    minAppVersion: null,
    maxAppVersion: null,
    flagKey: null,
  });
  expect([stale.status, stale.body.code]).toEqual([412, 'precondition_failed']);
  expect([backwards.status, nobody.status, empty.status]).toEqual([400, 404, 400]);
  expect(line).toMatchObject({ action: 'announcement.update', outcome: 'done', details: { title: 'Changed' } });
});

test('writes who announced what, and who took it back', async () => {
  const { body } = await call<Announcement>('post', 'v1/announcements', { json: { title: 'Hello', body: 'World' } });
  await call('delete', `v1/announcements/${body.id}`);

  expect(await linesAbout('announcement', body.id)).toMatchObject([
    { action: 'announcement.delete', outcome: 'done' },
    { action: 'announcement.create', outcome: 'done', details: { title: 'Hello', body: 'World' } },
  ]);
});

test('one key makes one announcement', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const json = { title: 'Once', body: 'Only.' };

  const first = await call<Announcement>('post', 'v1/announcements', { json, headers });
  const second = await call<Announcement>('post', 'v1/announcements', { json, headers });
  const other = await call<{ code: string }>('post', 'v1/announcements', { json: { ...json, body: 'Else.' }, headers });

  expect(second.body).toEqual(first.body);
  expect(second.headers['idempotency-replayed']).toBe('true');
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
});

test('pages keep their place while announcements are made and taken back', async () => {
  const first = await call<{ items: Announcement[]; nextCursor: string }>('get', 'v1/announcements?limit=1');
  await call('delete', `v1/announcements/${first.body.items[0]?.id ?? ''}`);
  clock.advance(1_000);
  await call('post', 'v1/announcements', { json: { title: 'New', body: 'Newest.' } });
  const rest = await call<{ items: Announcement[] }>('get', `v1/announcements?cursor=${first.body.nextCursor}`);

  expect(rest.status).toBe(200);
  expect(rest.body.items.map(({ title }) => title)).not.toContain('New');
  expect(rest.body.items.length).toBeGreaterThan(0);
});

test.each([
  ['no title', { body: 'x' }],
  ['a blank title', { title: ' ', body: 'x' }],
  [
    'an end before the beginning',
    { title: 'x', body: 'x', startsAt: '2026-01-02T00:00:00Z', endsAt: '2026-01-01T00:00:00Z' },
  ],
  ['an unknown field', { title: 'x', body: 'x', everyone: true }],
  ['an audience of an unknown flag', { title: 'x', body: 'x', audience: { flagKey: 'no-such-flag' } }],
  ['an audience of nobody', { title: 'x', body: 'x', audience: { minAppVersion: '2.10', maxAppVersion: '2.9' } }],
])('refuses %s', async (_what, json) => {
  const answer = await call<{ code: string }>('post', 'v1/announcements', { json });

  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
});

test('refuses a cursor of another list', async () => {
  const cursor = Buffer.from('{"at":"never","id":"x"}').toString('base64url');

  const answer = await call<{ code: string }>('get', `v1/announcements?cursor=${cursor}`);

  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_cursor']);
});

test('a person who dismisses an announcement is remembered, and nobody is named', async () => {
  const { body: made } = await call<Announcement>('post', 'v1/announcements', {
    json: { title: 'Once', body: 'Seen.' },
  });
  const [ada, bob] = [newId(), newId()];
  const place = `v1/app-state/dismissals/${ada}`;

  const kept = [await callAsPhone('put', `${place}/${made.id}`), await callAsPhone('put', `${place}/${made.id}`)];
  const missing = await callAsPhone('put', `${place}/${newId()}`);
  const hers = await callAsPhone<{ announcementIds: string[] }>('get', place);
  const his = await callAsPhone<{ announcementIds: string[] }>('get', `v1/app-state/dismissals/${bob}`);
  const rows = await dismissals();
  await call('delete', `v1/announcements/${made.id}`);
  const left = await dismissals();

  expect(kept.map(({ status }) => status)).toEqual([204, 204]);
  expect(missing.status).toBe(404);
  expect([hers.body.announcementIds, his.body.announcementIds]).toEqual([[made.id], []]);
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain(ada);
  expect(left).toEqual([]);
});

test('what phones are told is for the phone’s BFF alone', async () => {
  const forPerson = await phone.issue('bff-admin', { userId: newId() });

  const asStaff = await call('get', 'v1/app-state');
  const asPerson = await send(portal, forPerson, 'get', 'v1/app-state');
  const elsewhere = await callAsPhone('get', 'v1/feature-flags');

  expect([asStaff.status, asPerson.status, elsewhere.status]).toEqual([401, 403, 401]);
});

test('makes a flag, changes what is named of it, and tells the phones', async () => {
  const json = { enabled: true, percent: 25, audience: { platforms: ['ios'] }, description: 'Drafts on the left.' };
  const made = await call<Schemas['FeatureFlag']>('put', 'v1/feature-flags/new-composer', { json });
  const more = { json: { enabled: true, percent: 50 }, headers: { 'if-match': etagOf(made) } };

  const raised = await call<Schemas['FeatureFlag']>('put', 'v1/feature-flags/new-composer', more);
  const stale = await call<{ code: string }>('put', 'v1/feature-flags/new-composer', more);
  const read = await call<Schemas['FeatureFlag']>('get', 'v1/feature-flags/new-composer');
  const told = (await appState()).flags.find(({ key }) => key === 'new-composer');

  expect(made.body).toMatchObject({
    key: 'new-composer',
    ...json,
    money: false,
    version: 1,
    audience: { platforms: ['ios'] },
  });
  expect(raised.body).toMatchObject({ percent: 50, description: 'Drafts on the left.', version: 2 });
  expect([stale.status, stale.body.code]).toEqual([412, 'precondition_failed']);
  expect([read.body, told]).toEqual([raised.body, raised.body]);
  expect(
    (await linesAbout('feature_flag', 'new-composer')).map(({ action, details }) => [action, details['percent']]),
  ).toEqual([
    ['feature_flag.put', 50],
    ['feature_flag.put', 25],
  ]);
});

test('a new flag is on for everyone, or not at all', async () => {
  const { body } = await call<Schemas['FeatureFlag']>('put', 'v1/feature-flags/plain', { json: { enabled: false } });

  expect(body).toMatchObject({ enabled: false, percent: 100, money: false, description: '' });
  expect(body.audience).toEqual({ platforms: [], minAppVersion: null, maxAppVersion: null });
});

test.each([
  ['more than everyone', 'x', { enabled: true, percent: 101 }],
  ['half a person', 'x', { enabled: true, percent: 0.5 }],
  ['no answer whether it is on', 'x', { percent: 1 }],
  ['a key with a space', 'a%20b', { enabled: true }],
  ['a key that is too long', 'x'.repeat(51), { enabled: true }],
  ['an audience of nobody', 'x', { enabled: true, audience: { minAppVersion: '3', maxAppVersion: '2' } }],
  ['money without a reason', 'x', { enabled: true, money: true }],
])('refuses a flag with %s', async (_what, key, json) => {
  const answer = await call<{ code: string }>('put', `v1/feature-flags/${key}`, { json });

  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
});

test('parallel changes of one flag all count, one after the other', async () => {
  const percents = [10, 20, 30, 40, 50, 60];

  const answers = await Promise.all(
    percents.map((percent) =>
      call<Schemas['FeatureFlag']>('put', 'v1/feature-flags/busy', { json: { enabled: true, percent } }),
    ),
  );

  expect(answers.map(({ body }) => body.version).sort()).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a flag that touches money changes by two people, and is killed by one', async () => {
  const place = 'v1/feature-flags/instant-deposits';
  const json = { enabled: true, money: true, reason: 'The pilot went well' };
  const proposed = await call<Schemas['Proposal']>('put', place, { json });
  const missing = await call('get', place);
  const approved = await approve(proposed.body, approver);
  const on = await call<Schemas['FeatureFlag']>('get', place);

  const downgraded = await call('put', place, { json: { enabled: true, money: false, reason: 'Too slow' } });
  const later = await call<Schemas['Proposal']>('put', place, {
    json: { enabled: true, percent: 10, reason: 'Fewer' },
  });
  const killed = await call<Schemas['FeatureFlag']>('post', `${place}/kill`, {
    json: { reason: 'Booked twice' },
    claims: approver,
  });
  const tooLate = await approve(later.body, approver);
  const off = await call<Schemas['FeatureFlag']>('get', place);
  const deleted = await call<{ code: string }>('delete', place);

  expect([proposed.status, missing.status, downgraded.status]).toEqual([202, 404, 202]);
  expect(proposed.body).toMatchObject({ kind: 'feature_flag', status: 'pending', payload: { version: 0 } });
  expect(approved.body.status).toBe('executed');
  expect(on.body).toMatchObject({ enabled: true, money: true, version: 1 });
  expect(killed.body).toMatchObject({ enabled: false, money: true, version: 2 });
  expect(tooLate.body).toMatchObject({ status: 'failed', failureCode: 'precondition_failed' });
  expect(off.body).toEqual(killed.body);
  expect([deleted.status, deleted.body.code]).toEqual([409, 'feature_flag_in_use']);
  expect(
    (await linesAbout('feature_flag', 'instant-deposits')).map(({ action, outcome }) => [action, outcome]),
  ).toEqual([
    ['feature_flag.apply', 'refused'],
    ['feature_flag.kill', 'done'],
    ['feature_flag.apply', 'done'],
  ]);
});

test('what was proposed of a flag before it was killed is refused, whether or not the proposal says upon which version', async () => {
  const place = 'v1/feature-flags/instant-refunds';
  const payload = { key: 'instant-refunds', enabled: true, money: true };
  const json = { kind: 'feature_flag', payload, reason: 'The pilot went well' };
  const first = await call<Schemas['Proposal']>('post', 'v1/proposals', { json });
  const on = await approve(first.body, approver);

  const waiting = await call<Schemas['Proposal']>('post', 'v1/proposals', { json });
  await call('post', `${place}/kill`, { json: { reason: 'Booked twice' } });
  const late = await approve(waiting.body, approver);

  expect(on.body.status).toBe('executed');
  expect(waiting.body.payload).toEqual({ ...payload, version: 1 });
  expect(late.body).toMatchObject({ status: 'failed', failureCode: 'precondition_failed' });
  expect((await call<Schemas['FeatureFlag']>('get', place)).body).toMatchObject({ enabled: false, version: 2 });
});

test('a flag that was killed after a decision about it came through stays off, and the decision is done', async () => {
  const place = 'v1/feature-flags/instant-cards';
  const json = { enabled: true, money: true, reason: 'The pilot went well' };
  const proposed = await call<Schemas['Proposal']>('put', place, { json });
  await query(`CREATE FUNCTION admin.lose_line() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'lost'; END $$;
    CREATE TRIGGER lose BEFORE INSERT ON admin.audit_event FOR EACH ROW WHEN (NEW.closes_id IS NOT NULL)
    EXECUTE FUNCTION admin.lose_line()`);
  const unknown = await approve(proposed.body, approver);
  await query('DROP FUNCTION admin.lose_line CASCADE');
  const meanwhile = await call<Schemas['FeatureFlag']>('get', place);

  await call('post', `${place}/kill`, { json: { reason: 'Booked twice' } });
  const { ctx, resources } = await createContext('app-test', portal.config, clock);
  await settleDecision(ctx, unknown.body.decisionId ?? '');
  for (const resource of resources) await resource.close();

  const settled = await call<Schemas['Proposal']>('get', `v1/proposals/${proposed.body.id}`);
  expect([unknown.status, unknown.body.status, meanwhile.body.enabled]).toEqual([202, 'executing', true]);
  expect((await call<Schemas['FeatureFlag']>('get', place)).body).toMatchObject({ enabled: false, version: 2 });
  expect(settled.body.status).toBe('executed');
});

const approver = personClaims({ oid: 'a11ce000-0000-4000-8000-0000000000f9', roles: ['FinanceOps'] });

function approve({ id, payloadHash }: Schemas['Proposal'], claims: Record<string, unknown>) {
  return call<Schemas['Proposal']>('post', `v1/proposals/${id}/approve`, { json: { payloadHash }, claims });
}

test('deletes a flag that nobody is told by', async () => {
  await call('put', 'v1/feature-flags/old', { json: { enabled: true } });
  const json = { title: 'For some', body: 'Those with the flag.', audience: { flagKey: 'old' } };
  const { body } = await call<Announcement>('post', 'v1/announcements', { json });

  const named = await call<{ code: string }>('delete', 'v1/feature-flags/old');
  await call('delete', `v1/announcements/${body.id}`);
  const [first, again] = [await call('delete', 'v1/feature-flags/old'), await call('delete', 'v1/feature-flags/old')];

  expect(body.audience.flagKey).toBe('old');
  expect([named.status, named.body.code]).toEqual([409, 'feature_flag_in_use']);
  expect([first.status, again.status]).toEqual([204, 404]);
});

test('keeps a hundred flags, and changes those when there are no more places', async () => {
  await query(`INSERT INTO admin.feature_flag (key, description, enabled, percent, money, updated_at)
    SELECT 'filler.' || place, '', false, 0, false, now() FROM generate_series(1, 100) AS place`);

  const full = await call<{ code: string }>('put', 'v1/feature-flags/one-more', { json: { enabled: true } });
  const changed = await call('put', 'v1/feature-flags/filler.1', { json: { enabled: true } });
  await query(`DELETE FROM admin.feature_flag WHERE key LIKE 'filler.%'`);

  expect([full.status, full.body.code]).toEqual([409, 'feature_flags_full']);
  expect(changed.status).toBe(200);
});

test('says which versions are served, in their order', async () => {
  const json = { minimum: '2.9', recommended: '2.10', current: '2.10.0', storeUrl: 'https://apps.example.com/clync' };
  const missing = await call('get', 'v1/app-versions/android');

  const put = await call<Schemas['AppVersion']>('put', 'v1/app-versions/android', { json });
  const stale = await call('put', 'v1/app-versions/android', { json, headers: { 'if-match': '"0.x"' } });
  const again = await call('put', 'v1/app-versions/android', { json, headers: { 'if-match': etagOf(put) } });
  const list = await call<{ items: Schemas['AppVersion'][] }>('get', 'v1/app-versions');

  expect(missing.status).toBe(404);
  expect(put.body).toMatchObject({ platform: 'android', ...json });
  expect([stale.status, again.status]).toEqual([412, 200]);
  expect(list.body.items).toMatchObject([{ platform: 'android' }]);
  expect((await appState()).versions).toEqual(list.body.items);
  expect(await linesAbout('app_version', 'android')).toMatchObject([{ details: { version: 2 } }, { details: json }]);
});

test.each([
  ['a minimum above the recommended', 'ios', { minimum: '2.10', recommended: '2.9', current: '3' }],
  ['a recommended above the current', 'ios', { minimum: '1', recommended: '3.0.1', current: '3' }],
  ['a version that is none', 'ios', { minimum: 'one', recommended: '2', current: '3' }],
  [
    'a store that is not safe',
    'ios',
    { minimum: '1', recommended: '2', current: '3', storeUrl: 'http://apps.example.com' },
  ],
  ['a platform that is none', 'windows', { minimum: '1', recommended: '2', current: '3' }],
])('refuses %s', async (_what, platform, versions) => {
  const json = { storeUrl: 'https://apps.example.com/clync', ...versions };

  const answer = await call<{ code: string }>('put', `v1/app-versions/${platform}`, { json });

  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
});
