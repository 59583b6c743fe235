import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import got from 'got';
import type { Client } from 'pg';
import { withClient } from '#platform/database-setup';
import type { components } from '#openapi/bff-admin';
import { scriptClaims, startPortal } from './kit/portal.ts';
import type { Portal } from './kit/portal.ts';

type AuditEvent = components['schemas']['AuditEvent'];
type Verification = { valid: boolean; checked: number; firstBrokenId: string | null };

let portal: Portal;
let token: string;
/** The log that every tampering starts from, oldest first. */
let lines: { id: string; seq: number; hash: string }[];

beforeAll(async () => {
  portal = await startPortal();
  token = await portal.entra.sign(scriptClaims());
  for (let at = 0; at < 6; at += 1) await get(`v1/users?q=person-${String(at)}`);
  lines = await sql('SELECT id, seq::int, hash FROM admin.audit_event ORDER BY seq');
  await sql('CREATE TABLE admin.kept_event AS TABLE admin.audit_event');
  await sql('CREATE TABLE admin.kept_head AS TABLE admin.audit_head');
});
beforeEach(async () => {
  await tamper('DELETE FROM admin.audit_event');
  await tamper('INSERT INTO admin.audit_event SELECT * FROM admin.kept_event');
  await tamper('DELETE FROM admin.audit_head');
  await tamper('INSERT INTO admin.audit_head SELECT * FROM admin.kept_head');
});
afterAll(() => portal.stop());

test('finds nothing wrong with a log that nobody touched', async () => {
  expect(await verify()).toEqual({ valid: true, checked: lines.length, firstBrokenId: null });
});

const columns = [
  `actor_oid = gen_random_uuid()`,
  `actor_name = 'Somebody Else'`,
  `actor_roles = '{}'`,
  `action = 'user.view'`,
  `target_type = 'user'`,
  `reason = 'a better one'`,
  `outcome = 'refused'`,
  `details = '{"q": "nobody", "status": null}'`,
  `at = at + interval '1 ms'`,
  `trace_id = 'other'`,
  `hash = repeat('0', 64)`,
  `prev_hash = repeat('0', 64)`,
  `closes_id = (SELECT id FROM admin.audit_event WHERE seq = 1)`,
];
test.each(columns)('names the line in which %s', async (change) => {
  await tamper(`UPDATE admin.audit_event SET ${change} WHERE seq = 3`);

  expect(await verify()).toMatchObject({ valid: false, firstBrokenId: lines[2]?.id });
});

test('names the line after one that was taken out', async () => {
  await tamper('DELETE FROM admin.audit_event WHERE seq = 3');

  expect(await verify()).toMatchObject({ valid: false, firstBrokenId: lines[3]?.id });
});

test('names the first of two lines that changed places', async () => {
  await tamper('UPDATE admin.audit_event SET seq = -seq WHERE seq IN (2, 4)');
  await tamper('UPDATE admin.audit_event SET seq = seq + 6 WHERE seq IN (-2, -4)');

  expect(await verify()).toMatchObject({ valid: false, firstBrokenId: lines[3]?.id });
});

test('names a line that was put in at the end, even with a good hash', async () => {
  await tamper(`INSERT INTO admin.audit_event
    SELECT (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'seq', e.seq + 1, 'prev_hash', e.hash))).*
    FROM admin.audit_event e ORDER BY seq DESC LIMIT 1`);
  await tamper(
    'UPDATE admin.audit_event e SET hash = admin.audit_event_hash(e) WHERE seq = (SELECT max(seq) FROM admin.audit_event)',
  );
  const [added] = await sql<{ id: string }>('SELECT id FROM admin.audit_event ORDER BY seq DESC LIMIT 1');

  expect(await verify()).toMatchObject({ valid: false, firstBrokenId: added?.id });
});

test.each([1, 3, 6])('names the last line when the last %d were cut off', async (count) => {
  await tamper(`DELETE FROM admin.audit_event WHERE seq > ${String(lines.length - count)}`);

  expect(await verify()).toMatchObject({ valid: false, firstBrokenId: lines.at(-1)?.id });
});

test('finds a tail that was rewritten with good hashes', async () => {
  await tamper(`UPDATE admin.audit_event SET reason = 'rewritten' WHERE seq = ${String(lines.length)}`);
  await tamper(`UPDATE admin.audit_event e SET hash = admin.audit_event_hash(e) WHERE seq = ${String(lines.length)}`);

  expect(await verify()).toMatchObject({ valid: false, firstBrokenId: lines.at(-1)?.id });
});

test.each(['admin', 'admin_owner'])('lets role %s change nothing', async (role) => {
  const url = role === 'admin' ? portal.databases.url('admin') : portal.databases.ownerUrl('admin');

  for (const statement of [
    'UPDATE admin.audit_event SET reason = NULL',
    'DELETE FROM admin.audit_event',
    'TRUNCATE admin.audit_event',
  ]) {
    await expect(withClient(url, (client: Client) => client.query(statement))).rejects.toThrow(
      /append-only|permission denied/,
    );
  }
});

test('lets the portal itself add no line but through the sequencer', async () => {
  const statements = [
    'INSERT INTO admin.audit_event SELECT * FROM admin.audit_event',
    `UPDATE admin.audit_head SET seq = 0`,
  ];

  for (const statement of statements) {
    await expect(
      withClient(portal.databases.url('admin'), (client: Client) => client.query(statement)),
    ).rejects.toThrow('permission denied');
  }
});

test('chains lines that are written at the same time without a gap', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, at) => get(`v1/users?q=parallel-${String(at)}`)));

  expect(await verify()).toEqual({ valid: true, checked: lines.length + 20, firstBrokenId: null });
});

test('lets anyone repeat the hash of a line from what the API says', async () => {
  await get(`v1/users?q=${encodeURIComponent('"quoted"\\ Zoë 🙂 \u2028 end')}`);

  const page = await get<{ items: AuditEvent[] }>('v1/audit-events?limit=1');
  const { closedAt: _closedAt, hash, ...line } = page.items[0] ?? {};

  expect(
    createHash('sha256')
      .update(canonical({ ...line, closesId: null }))
      .digest('hex'),
  ).toBe(hash);
});

test('filters lines by actor, action, target and time, in pages', async () => {
  const times = await sql<{ at: Date }>('SELECT at FROM admin.audit_event WHERE seq IN (1, 3) ORDER BY seq');
  const [first, third] = times.map(({ at }) => at.toISOString());
  const range = `from=${String(first)}&to=${String(third)}`;

  const searches = await get<Page>('v1/audit-events?action=user.search&limit=4');
  const rest = await get<Page>(`v1/audit-events?action=user.search&limit=4&cursor=${searches.nextCursor ?? ''}`);
  const early = await get<Page>(`v1/audit-events?${range}`);
  const nobody = await get<Page>('v1/audit-events?actor=0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e');
  const none = await get<Page>('v1/audit-events?targetType=user&targetId=x');

  expect([...searches.items, ...rest.items].map(({ seq }) => seq)).toEqual([6, 5, 4, 3, 2, 1]);
  expect(rest.nextCursor).toBeNull();
  expect(early.items.length).toBeGreaterThanOrEqual(1);
  expect(early.items.every(({ seq }) => seq < 3)).toBe(true);
  expect([nobody.items, none.items]).toEqual([[], []]);
});

test.each([
  'limit=0',
  'limit=101',
  'limit=x',
  'actor=me',
  'from=yesterday',
  'cursor=%00',
  'cursor=bm8',
  'colour=red',
  'from=2027-01-01T00:00:00Z&to=2026-01-01T00:00:00Z',
])('refuses ?%s', async (query) => {
  const answer = await got(`${portal.url}/v1/audit-events?${query}`, options());

  expect(answer.statusCode).toBe(400);
});

type Page = { items: AuditEvent[]; nextCursor: string | null };

function options() {
  return { headers: { authorization: `Bearer ${token}` }, throwHttpErrors: false, retry: { limit: 0 } };
}

async function get<T>(path: string): Promise<T> {
  return JSON.parse((await got(`${portal.url}/${path}`, options())).body) as T;
}

function verify(): Promise<Verification> {
  return get('v1/audit-events/verification');
}

async function sql<Row>(query: string): Promise<Row[]> {
  return withClient(
    portal.databases.adminUrl('admin'),
    async (client: Client) => (await client.query(query)).rows as Row[],
  );
}

/** What somebody with all rights of the database can do: no trigger holds them back. */
async function tamper(statement: string): Promise<void> {
  await withClient(portal.databases.adminUrl('admin'), async (client: Client) => {
    await client.query(`SET session_replication_role = replica; SET search_path = admin`);
    await client.query(statement);
  });
}

/** RFC 8785 for the values that lines hold. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}
