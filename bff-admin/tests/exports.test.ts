import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Client } from 'pg';
import { withClient } from '#platform/database-setup';
import { encodeCursor } from '#platform/cursor';
import { createFileStore } from '#platform/file-store';
import { Problem } from '#platform/problem';
import { findFreePorts } from '#platform/testing/ports';
import { startStandIn } from '#platform/testing/stand-in';
import { createTestClock } from '#platform/testing/test-clock';
import { waitFor } from '#platform/testing/wait';
import type { components } from '#openapi/bff-admin';
import type { components as Financial, operations as FinancialOperations } from '#openapi/financial';
import type { components as Social, operations as SocialOperations } from '#openapi/social';
import { createContext } from '../context.ts';
import type { Context } from '../context.ts';
import { storageUnavailable } from '../errors.ts';
import { buildExport } from '../jobs/build-export.ts';
import { expireExports } from '../jobs/expire-exports.ts';
import { createAdminWorker } from '../jobs/worker.ts';
import { checkpointKey, scriptClaims, startPortal } from './kit/portal.ts';
import type { Portal } from './kit/portal.ts';
import { send } from './kit/send.ts';

type Export = components['schemas']['Export'];
type User = Social['schemas']['AccountSummary'];
interface Asked {
  roles?: string[];
  oid?: string;
  key?: string;
}

const clock = createTestClock();
const hourMs = 3_600_000;
const minuteMs = 60_000;
/** What social and financial list, and how often they answer that they cannot. */
const lists = { users: [] as User[], entries: [] as Financial['schemas']['LedgerEntry'][], failures: 0 };
const accountId = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d66';

let portal: Portal;
let worker: Awaited<ReturnType<typeof createAdminWorker>>;
let ctx: Context;
let stops: (() => unknown)[];

beforeAll(async () => {
  const [socialPort = 0, financialPort = 0] = await findFreePorts(2);
  const at = (port: number) => `http://127.0.0.1:${String(port)}`;
  portal = await startPortal({
    clock,
    configure: (config) => ({ ...config, socialUrl: at(socialPort), financialUrl: at(financialPort) }),
  });
  const { d: _private, ...publicKey } = portal.config.serviceTokenKey;
  const trust = { 'bff-admin': publicKey };
  const social = await startStandIn<Pick<SocialOperations, 'listAccounts'>>({
    name: 'social',
    trust,
    settings: { port: socialPort },
    handlers: { listAccounts: ({ query }) => ({ status: 200, body: usersAfter(query) }) },
  });
  const financial = await startStandIn<Pick<FinancialOperations, 'listLedgerEntries'>>({
    name: 'financial',
    trust,
    settings: { port: financialPort },
    handlers: { listLedgerEntries: ({ path }) => ({ status: 200, body: entriesOf(path.ledgerAccountId) }) },
  });
  const settings = { metricsPort: 0, checkpointKey: checkpointKey.privateKey, checkpointLockDays: undefined };
  worker = await createAdminWorker({ ...portal.config, ...settings }, clock);
  await worker.start();
  const made = await createContext('exports-test', portal.config, clock);
  ctx = made.ctx;
  stops = [
    () => worker.stop(),
    ...made.resources.map((resource) => () => resource.close()),
    () => portal.stop(),
    () => social.stop(),
    () => financial.stop(),
  ];
});
afterAll(async () => {
  for (const stop of stops) await stop();
});
beforeEach(() => {
  Object.assign(lists, { users: [], entries: [], failures: 0 });
});

function usersAfter({ cursor, status, limit = 20 }: { cursor?: string; status?: string; limit?: number }) {
  if (lists.failures > 0) {
    lists.failures -= 1;
    throw new Problem('overloaded');
  }
  const matching = lists.users.filter((user) => status === undefined || user.status === status);
  const from = cursor === undefined ? 0 : matching.findIndex(({ id }) => encodeCursor({ id }) === cursor) + 1;
  const items = matching.slice(from, from + limit);
  const last = items.at(-1);
  return { items, nextCursor: last && from + limit < matching.length ? encodeCursor({ id: last.id }) : null };
}

function entriesOf(id: string) {
  if (id !== accountId) throw new Problem('not_found');
  const account = { id, kind: 'suspense', currency: 'EUR', status: 'open', ownerId: id } as const;
  const sums = { balanceMinor: 0, reservedMinor: 0, entries: lists.entries.length };
  return { account: { ...account, ...sums }, items: lists.entries, nextCursor: null };
}

function user(at: number, changes: Partial<User> = {}): User {
  const name = `person-${String(at)}`;
  const createdAt = '2026-11-22T09:30:00.000Z';
  const base = { handle: name, displayName: name, avatarUrl: null, email: `${name}@example.com`, status: 'active' };
  return { id: randomUUID(), ...base, createdAt, ...changes } as User;
}

async function call<T>(method: 'get' | 'post', path: string, { roles = ['Auditor'], oid, key }: Asked, json?: object) {
  // Good by the clock of the test and by that of the stand-in.
  const exp = Math.floor(clock.now().getTime() / 1000) + 3_600;
  const token = await portal.entra.sign(scriptClaims({ roles, exp, ...(oid !== undefined && { oid, sub: oid }) }));
  const headers = { ...(key !== undefined && { 'idempotency-key': key }) };
  const parts = { ...(json && { json }), headers };
  const { status, body } = await send<T & { code?: string }>(portal, token, method, path, parts);
  return { status, body };
}

async function begin(json: object, asked: Asked = {}): Promise<Export> {
  const { status, body } = await call<Export>('post', 'v1/exports', asked, json);
  expect([status, body.status, body.url]).toEqual([202, 'processing', null]);
  return body;
}

/** An export that is over, one way or the other. */
function finished(id: string, asked: Asked = {}): Promise<Export> {
  return waitFor('the export to be made', async () => {
    const { body } = await call<Export>('get', `v1/exports/${id}`, asked);
    return body.status !== 'processing' && body;
  });
}

async function fetchFile({ url }: Export) {
  const answer = await fetch(url ?? '');
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, headers: answer.headers, bytes, lines: bytes.toString().split('\r\n').slice(0, -1) };
}

async function sql<Row>(query: string, values: unknown[] = []): Promise<Row[]> {
  return withClient(portal.databases.adminUrl('admin'), async (client: Client) => {
    await client.query('SET search_path = admin');
    return (await client.query(query, values)).rows as Row[];
  });
}

function actionsOn(id: string): Promise<{ action: string; details: Record<string, unknown> }[]> {
  return sql('SELECT action, details FROM audit_event WHERE target_id = $1 ORDER BY seq', [id]);
}

test('writes a list of many pages to a file, with its rows, its digest, and a link that dies', async () => {
  lists.users = Array.from({ length: 250 }, (_, at) => user(at, at % 5 === 0 ? { status: 'suspended' } : {}));

  const { id } = await begin({ kind: 'users' });
  const made = await finished(id);
  const file = await fetchFile(made);

  expect(made).toMatchObject({ kind: 'users', filter: {}, status: 'ready', rows: 250, failure: null });
  expect(file.lines).toEqual([
    'id,handle,displayName,email,status,createdAt',
    ...lists.users.map((one) => [one.id, one.handle, one.displayName, one.email, one.status, one.createdAt].join(',')),
  ]);
  expect([made.byteLength, made.sha256]).toEqual([
    file.bytes.length,
    createHash('sha256').update(file.bytes).digest('hex'),
  ]);
  expect(file.headers.get('content-disposition')).toMatch(/^attachment; filename="users-\d{4}-\d\d-\d\d\.csv"$/);
  const end = new URL(made.url ?? '').searchParams.get('se') ?? '';
  expect(Math.abs(Date.parse(end) - clock.now().getTime() - 15 * minuteMs)).toBeLessThan(1_000);
  expect(Math.abs(Date.parse(made.urlExpiresAt ?? '') - Date.parse(end))).toBeLessThan(1_000);
});

test('gives a link that fetches nothing once its time is over', async () => {
  const store = createFileStore(portal.config.blobAccess, {
    container: 'staff-exports',
    extension: '.csv',
    contentType: 'text/csv',
    unavailable: storageUnavailable,
  });
  const { id } = await begin({ kind: 'users' });
  await finished(id);
  const [row] = await sql<{ file: string }>('SELECT file FROM staff_export WHERE id = $1', [id]);

  const dead = await store.sign(row?.file ?? '', { fileName: 'x.csv', expiresAt: new Date(Date.now() - minuteMs) });
  const unsigned = dead.split('?')[0] ?? '';

  expect((await fetch(dead)).status).toBe(403);
  expect((await fetch(unsigned)).ok).toBe(false);
});

test('keeps what a spreadsheet would take for a formula as text', async () => {
  const names = ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', 'a "quoted", one', 'two\n=1+1', 'plain'];
  lists.users = names.map((displayName, at) => user(at, { displayName }));
  const [first] = lists.users;

  const file = await fetchFile(await finished((await begin({ kind: 'users' })).id));

  const cells = names.map((name) => (/^[=+\-@\t\r]/.test(name) ? `'${name}` : name));
  const written = cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell));
  expect(file.bytes.toString()).toContain(`${first?.id ?? ''},person-0,'=1+1,`);
  for (const [at, cell] of written.entries()) {
    expect(file.bytes.toString()).toContain(`,person-${String(at)},${cell},person-${String(at)}@example.com,`);
  }
});

test('passes the filter on, and keeps sums as numbers', async () => {
  lists.users = [user(0), user(1, { status: 'suspended' })];
  const entry = { kind: 'return', source: 'provider', transferId: null, reversesId: null, balanceAfterMinor: -700 };
  const booked = { transactionId: accountId, seq: 1, bookedAt: '2026-11-22T09:30:00.000Z' };
  lists.entries = [{ ...booked, ...entry, amount: { amountMinor: -700, currency: 'EUR' } }];

  const users = await begin({ kind: 'users', filter: { status: 'suspended' } });
  const entries = await begin({ kind: 'ledger_entries', filter: { accountId } }, { roles: ['FinanceOps'] });

  expect((await fetchFile(await finished(users.id))).lines.slice(1)).toEqual([expect.stringContaining('person-1')]);
  expect((await fetchFile(await finished(entries.id, { roles: ['FinanceOps'] }))).lines[1]).toBe(
    `${accountId},1,${accountId},return,provider,-700,EUR,-700,,,2026-11-22T09:30:00.000Z`,
  );
});

test('writes down who asked for what, what it came to, and each link', async () => {
  lists.users = [user(0)];
  const { id } = await begin({ kind: 'users', filter: { q: 'person' } });
  const { sha256 } = await finished(id);
  await call('get', `v1/exports/${id}`, {});

  const lines = await actionsOn(id);

  expect(lines.slice(0, 2)).toEqual([
    { action: 'export.create', details: { kind: 'users', q: 'person' } },
    { action: 'export.finish', details: { kind: 'users', rows: 1, sha256 } },
  ]);
  expect(lines.slice(2).map(({ action }) => action)).toEqual(['export.link', 'export.link']);
});

test('takes lines of the audit log away by the filter of their list', async () => {
  const oid = randomUUID();
  lists.users = [user(0)];
  for (const q of ['a', 'b']) await call('get', `v1/users?q=${q}`, { oid });
  const filter = { actor: oid, action: 'user.search' };

  const { status, body } = await call<Export>('post', 'v1/audit-events/exports', {}, filter);
  const listed = await call<{ items: { id: string; hash: string }[] }>(
    'get',
    `v1/audit-events?actor=${oid}&action=user.search`,
    {},
  );
  const { lines } = await fetchFile(await finished(body.id));

  expect([status, body.kind, body.filter]).toEqual([202, 'audit_events', filter]);
  expect(lines.slice(1).map((line) => [line.split(',')[1], line.split(',').at(-1)])).toEqual(
    listed.body.items.map(({ id, hash }) => [id, hash]),
  );
  expect(listed.body.items).toHaveLength(2);
});

test('takes the reports of a queue away, and not who reported', async () => {
  const [mine, other, reporter] = [randomUUID(), randomUUID(), randomUUID()];
  for (const [id, queue] of [
    [mine, 'spam'],
    [other, 'harm'],
  ]) {
    await sql(
      `INSERT INTO report_case (id, subject_type, subject_id, subject_owner_id, status, queue, priority, opened_at, due_at)
       VALUES ($1, 'post', $1, $1, 'open', $2, 'normal', now(), now())`,
      [id, queue],
    );
    await sql(
      `INSERT INTO case_report (id, case_id, reporter_id, category, muted, reported_at)
       VALUES (gen_random_uuid(), $1, $2, 'spam', false, now())`,
      [id, reporter],
    );
  }

  const { id } = await begin({ kind: 'reports', filter: { queue: 'spam' } });
  const { lines, bytes } = await fetchFile(await finished(id));

  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(new RegExp(`^${mine},post,${mine},.*,open,spam,normal,false,.*,1$`));
  expect(bytes.toString()).not.toContain(reporter);
});

test('takes to a moderator of certain queues what is in these', async () => {
  const [oid, spam, fraud] = [randomUUID(), randomUUID(), randomUUID()];
  for (const [id, queue] of [
    [spam, 'spam'],
    [fraud, 'fraud'],
  ]) {
    await sql(
      `INSERT INTO report_case (id, subject_type, subject_id, subject_owner_id, status, queue, priority, opened_at, due_at)
       VALUES ($1, 'post', $1, $1, 'open', $2, 'normal', now(), now())`,
      [id, queue],
    );
  }
  await sql("INSERT INTO queue_member (queue, oid, added_at) VALUES ('fraud', $1, now())", [oid]);
  const moderator = { oid, roles: ['Moderator'] };
  const take = async (filter: object) => {
    const { id } = await begin({ kind: 'reports', filter }, moderator);
    return (await fetchFile(await finished(id, moderator))).bytes.toString();
  };

  const [all, others] = [await take({}), await take({ queue: 'spam' })];

  expect(all).toContain(fraud);
  expect(all).not.toContain(spam);
  expect(others).not.toContain(spam);
});

test('is seen by who asked alone, and no longer without the roles', async () => {
  const { id } = await begin({ kind: 'users' }, { roles: ['Admin'] });
  const made = await finished(id, { roles: ['Admin'] });

  const stranger = await call('get', `v1/exports/${id}`, { oid: randomUUID(), roles: ['Admin'] });
  const nothing = await call('get', `v1/exports/${randomUUID()}`, {});
  const moved = await call('get', `v1/exports/${id}`, { roles: ['FinanceOps'] });

  expect(made.status).toBe('ready');
  expect([stranger.status, nothing.status, moved.status]).toEqual([404, 404, 403]);
  expect(stranger.body.code).toBe(nothing.body.code);
});

test.each([
  ['users', {}, 'FinanceOps'],
  ['reports', {}, 'FinanceOps'],
  ['audit_events', {}, 'FinanceOps'],
  ['users', {}, 'Moderator'],
  ['transfers', {}, 'Moderator'],
  ['transfers', {}, 'Admin'],
  ['ledger_entries', { accountId }, 'Admin'],
])('refuses %s %j to %s', async (kind, filter, role) => {
  const before = await sql<{ n: number }>('SELECT count(*)::int AS n FROM staff_export');
  const { status, body } = await call('post', 'v1/exports', { roles: [role] }, { kind, filter });

  expect([status, body.code]).toEqual([403, 'forbidden']);
  expect(await sql('SELECT count(*)::int AS n FROM staff_export')).toEqual(before);
});

test.each([
  {},
  { kind: 'passwords' },
  { kind: 'users', filter: { queue: 'spam' } },
  { kind: 'ledger_entries' },
  { kind: 'ledger_entries', filter: { accountId: 'x' } },
  { kind: 'users', columns: ['password'] },
  { kind: 'audit_events', filter: { from: '2027-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' } },
])('refuses %j', async (json) => {
  const { status, body } = await call('post', 'v1/exports', {}, json);

  expect([status, body.code]).toEqual([400, 'invalid_request']);
});

test('begins once for one key, however often and at the same time it comes', async () => {
  const key = randomUUID();
  const wanted = { kind: 'users', filter: { q: 'once' } };

  const answers = await Promise.all([1, 2, 3, 4].map(() => call<Export>('post', 'v1/exports', { key }, wanted)));
  const again = await call<Export>('post', 'v1/exports', { key }, wanted);
  const other = await call('post', 'v1/exports', { key }, { kind: 'users' });

  expect(answers.every(({ status }) => status === 202 || status === 409)).toBe(true);
  expect(answers.filter(({ status }) => status === 202).every(({ body }) => body.id === again.body.id)).toBe(true);
  expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
  await finished(again.body.id);
  expect((await actionsOn(again.body.id)).filter(({ action }) => action === 'export.create')).toHaveLength(1);
});

test('fails with the refusal of the service whose list it is, and for a passing failure tries again', async () => {
  const roles = ['Auditor'];
  const refused = await begin({ kind: 'ledger_entries', filter: { accountId: randomUUID() } }, { roles });
  lists.users = [user(0)];
  lists.failures = 2;
  const delayed = await begin({ kind: 'users' });

  expect(await finished(refused.id)).toMatchObject({ status: 'failed', failure: 'not_found', url: null });
  expect(await finished(delayed.id)).toMatchObject({ status: 'ready', rows: 1 });
});

test('is made once, whole, when two runs of the job write at the same time', async () => {
  lists.users = Array.from({ length: 150 }, (_, at) => user(at));
  const { id } = await begin({ kind: 'users' });

  await Promise.allSettled([buildExport(ctx, { exportId: id }), buildExport(ctx, { exportId: id })]);
  const made = await finished(id);
  await buildExport(ctx, { exportId: id });
  const file = await fetchFile(made);

  expect(made.rows).toBe(150);
  expect(createHash('sha256').update(file.bytes).digest('hex')).toBe(made.sha256);
  expect((await actionsOn(id)).filter(({ action }) => action === 'export.finish')).toHaveLength(1);
});

test('deletes the file after a day, and gives up what could not be made', async () => {
  const { id } = await begin({ kind: 'users' });
  const made = await finished(id);
  const stuck = randomUUID();
  await sql(
    `INSERT INTO staff_export (id, owner_oid, actor, kind, filter, status, created_at)
     SELECT $1, owner_oid, actor, kind, filter, 'processing', created_at FROM staff_export WHERE id = $2`,
    [stuck, id],
  );

  clock.advance(25 * hourMs);
  const late = await call<Export>('get', `v1/exports/${id}`, {});
  await expireExports(ctx);
  const gone = await fetchFile(made);

  expect(late.body).toMatchObject({ status: 'expired', url: null });
  expect(gone.status).toBe(404);
  expect((await call<Export>('get', `v1/exports/${id}`, {})).body).toMatchObject({ status: 'expired', url: null });
  expect((await call<Export>('get', `v1/exports/${stuck}`, {})).body).toMatchObject({
    status: 'failed',
    failure: 'given_up',
  });
  clock.advance(91 * 24 * hourMs);
  await expireExports(ctx);
  expect(await sql('SELECT id FROM staff_export WHERE id = ANY($1)', [[id, stuck]])).toEqual([]);
});
