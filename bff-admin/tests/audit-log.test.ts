import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { BlobServiceClient } from '@azure/storage-blob';
import got from 'got';
import type { Client } from 'pg';
import { systemClock } from '#platform/clock';
import { withClient } from '#platform/database-setup';
import { testServers } from '#platform/testing/servers';
import { generateServiceKey } from '#platform/testing/service-keys';
import type { components } from '#openapi/bff-admin';
import { createContext } from '../context.ts';
import type { Context } from '../context.ts';
import { createCheckpointSigner } from '../helpers/checkpoint.ts';
import { createCheckpointStore } from '../services/checkpoint-store.ts';
import { signCheckpoints } from '../services/checkpoints.ts';
import { verifyAuditEvents } from '../services/verify-audit-log.ts';
import { checkpointKey, scriptClaims, startPortal } from './kit/portal.ts';
import type { Portal } from './kit/portal.ts';

type AuditEvent = components['schemas']['AuditEvent'];
type Verification = components['schemas']['AuditVerification'];

let portal: Portal;
let token: string;
/** The log that every tampering starts from, oldest first. */
let lines: { id: string; seq: number; hash: string }[];

beforeAll(async () => {
  portal = await startPortal();
  token = await portal.entra.sign(scriptClaims());
  for (let at = 0; at < 6; at += 1) await get(`v1/users?q=person-${String(at)}`);
  lines = await sql('SELECT id, seq::int, hash FROM admin.audit_event ORDER BY seq');
  await keep();
});
beforeEach(restore);
afterAll(() => portal.stop());

test('finds nothing wrong with a log that nobody touched', async () => {
  expect(await verify()).toMatchObject({
    valid: true,
    checked: lines.length,
    firstBrokenId: null,
    checkpoint: { status: 'none', seq: null },
  });
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

  expect(await verify()).toMatchObject({ valid: true, checked: lines.length + 20, firstBrokenId: null });
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
  const looks = await get<Page>('v1/audit-events?action=audit.search');
  expect(looks.items.map(({ details }) => details)).toContainEqual({ targetType: 'user', targetId: 'x' });
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

describe('with its head signed and put outside of the database', () => {
  let ctx: Context;
  let close: () => Promise<void>;
  const sign = createCheckpointSigner(checkpointKey.privateKey);

  beforeAll(async () => {
    const { ctx: made, resources } = await createContext('audit-log-test', portal.config, systemClock);
    ctx = made;
    close = async () => {
      for (const resource of resources) await resource.close();
    };
    await restore();
    await signHead();
    for (let at = 0; at < 6; at += 1) await get(`v1/users?q=later-${String(at)}`);
    await Promise.all([signHead(), signHead()]);
    for (let at = 0; at < 2; at += 1) await get(`v1/users?q=unsigned-${String(at)}`);
    lines = await sql('SELECT id, seq::int, hash FROM admin.audit_event ORDER BY seq');
    await keep();
  });
  afterAll(() => close());

  function signHead(): Promise<void> {
    return signCheckpoints(ctx, { sign, lockDays: 365 });
  }

  test('finds that the log has all that was signed, and counts what was not yet', async () => {
    const { at, ...checkpoint } = (await verify()).checkpoint;

    expect(checkpoint).toEqual({
      status: 'agrees',
      seq: 12,
      hash: lines[11]?.hash,
      // The emulator takes the wish for a policy and does not keep it.
      immutableUntil: null,
      linesAfter: 2,
    });
    expect(Date.parse(at ?? '')).not.toBeNaN();
  });

  const rewritings: [what: string, statement: string, firstBroken: number][] = [
    ...[1, 5, 6, 7, 12].map((seq): [string, string, number] => [
      `the reason of line ${String(seq)} changed`,
      `UPDATE audit_event SET reason = 'a better one' WHERE seq = ${String(seq)}`,
      seq,
    ]),
    ['line 3 taken out', 'DELETE FROM audit_event WHERE seq = 3', 3],
    ['line 12 taken out', 'DELETE FROM audit_event WHERE seq = 12', 12],
    [
      'lines 4 and 9 changing places',
      'UPDATE audit_event SET seq = CASE seq WHEN 4 THEN -9 ELSE -4 END WHERE seq IN (4, 9)',
      4,
    ],
    [
      'a line put in before line 8',
      `INSERT INTO audit_event SELECT (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'seq', 0))).*
       FROM audit_event e WHERE seq = 2;
       UPDATE audit_event SET seq = -seq - 1 WHERE seq >= 8; UPDATE audit_event SET seq = 8 WHERE seq = 0`,
      8,
    ],
    ['the tail from line 6 on cut off', 'DELETE FROM audit_event WHERE seq >= 6', 6],
    ['everything gone', 'DELETE FROM audit_event', 1],
  ];
  test.each(rewritings)('finds a log that was rewritten as a whole, with %s', async (_what, statement, firstBroken) => {
    await tamper(`${statement}; UPDATE audit_event SET seq = -seq WHERE seq < 0; ${chainAnew}`);

    expect(await verify()).toMatchObject({
      valid: false,
      firstBrokenId: lines[firstBroken - 1]?.id,
      checkpoint: { status: 'disagrees', seq: 12 },
    });
  });

  test('names the earlier of a line that does not fit the chain and one that does not fit a checkpoint', async () => {
    await tamper(`UPDATE audit_event SET reason = 'a better one' WHERE seq = 9; ${chainAnew}`);
    await tamper(`UPDATE audit_event SET actor_name = 'Somebody Else' WHERE seq = 2`);
    expect(await verify()).toMatchObject({ valid: false, firstBrokenId: lines[1]?.id });

    await tamper(`UPDATE audit_event SET actor_name = 'Somebody Else' WHERE seq = 13`);
    await tamper(`UPDATE audit_event SET actor_name = (SELECT actor_name FROM kept_event WHERE seq = 2) WHERE seq = 2`);
    expect(await verify()).toMatchObject({ valid: false, firstBrokenId: lines[8]?.id });
  });

  test('signs nothing that does not go on from what was signed', async () => {
    await tamper(`DELETE FROM audit_event WHERE seq >= 6; ${chainAnew}`);
    for (let at = 0; at < 10; at += 1) await get(`v1/users?q=grown-again-${String(at)}`);

    await signHead();

    expect(await verify()).toMatchObject({
      valid: false,
      firstBrokenId: lines[5]?.id,
      checkpoint: { status: 'disagrees', seq: 12 },
    });
  });

  test('goes on with the chain alone while Blob Storage does not answer', async () => {
    const nobody = 'DefaultEndpointsProtocol=http;AccountName=x;AccountKey=eA==;BlobEndpoint=http://127.0.0.1:9/x;';
    const checkpoints = createCheckpointStore(nobody, portal.config.checkpoints);

    const answer = await verifyAuditEvents({ db: ctx.db, checkpoints });

    expect(answer).toEqual({ valid: true, checked: 14, firstBrokenId: null, checkpoint: { status: 'unavailable' } });
    await expect(signCheckpoints({ ...ctx, checkpoints }, { sign, lockDays: undefined })).rejects.toThrow(
      'cannot be read',
    );
  });

  test('takes no older checkpoint for the newest, and finds behind it what it was to hide', async () => {
    await plant('0000000000000000.jws', nameOf(6));
    await tamper(`UPDATE audit_event SET reason = 'a better one' WHERE seq = 9; ${chainAnew}`);

    const verification = await verify();
    await signHead();
    await remove('0000000000000000.jws');

    expect(verification).toMatchObject({
      valid: false,
      firstBrokenId: lines[8]?.id,
      checkpoint: { status: 'untrusted' },
    });
    expect((await verify()).checkpoint).toMatchObject({ status: 'disagrees', seq: 12 });
  });

  test('is not led past a broken line by what was put between the checkpoints', async () => {
    await signHead();
    const planted = [1, 2, 3, 4, 5, 13].map(nameOf);
    for (const name of planted) await plant(name, nameOf(6));
    await tamper(`UPDATE audit_event SET reason = 'a better one' WHERE seq = 9; ${chainAnew}`);

    const verification = await verify();
    for (const name of [...planted, nameOf(14)]) await remove(name);

    expect(verification).toMatchObject({
      valid: false,
      firstBrokenId: lines[8]?.id,
      checkpoint: { status: 'disagrees', seq: 14 },
    });
  });

  test('trusts no checkpoint that somebody else has signed', async () => {
    const forged = createCheckpointSigner(generateServiceKey().privateKey);
    const signed = await forged({ first: 1, at: new Date(), lines: lines.map(({ id, hash }) => [id, hash]) });
    await ctx.checkpoints.add({ seq: 14, signed, lockedUntil: undefined });

    expect(await verify()).toMatchObject({ valid: false, firstBrokenId: null, checkpoint: { status: 'untrusted' } });
    await signHead();
    const names = [];
    for await (const { name } of checkpointBlobs().listBlobsFlat()) names.push(name);
    expect(names).toHaveLength(3);
  });
});

function checkpointBlobs() {
  const blobs = BlobServiceClient.fromConnectionString(testServers().blobConnectionString);
  return blobs.getContainerClient(portal.config.checkpoints.container);
}

/** The name of the checkpoint that ends with a line. */
function nameOf(seq: number): string {
  return `${String(Number.MAX_SAFE_INTEGER - seq).padStart(16, '0')}.jws`;
}

/** Puts a copy of one checkpoint under another name, as whoever may write to the container can. */
async function plant(name: string, copied: string): Promise<void> {
  const signed = await checkpointBlobs().getBlobClient(copied).downloadToBuffer();
  await checkpointBlobs().getBlockBlobClient(name).uploadData(signed);
}

async function remove(name: string): Promise<void> {
  await checkpointBlobs().deleteBlob(name);
}

type Page = { items: AuditEvent[]; nextCursor: string | null };

/** What somebody who owns the database does to hide a change: every hash of the chain is made again, and the head. */
const chainAnew = `
  DO $$
  DECLARE
    line audit_event;
    place bigint := 0;
    before text := repeat('0', 64);
  BEGIN
    FOR line IN SELECT * FROM audit_event ORDER BY seq LOOP
      place := place + 1;
      line.seq := place;
      line.prev_hash := before;
      before := audit_event_hash(line);
      UPDATE audit_event SET seq = place, prev_hash = line.prev_hash, hash = before WHERE id = line.id;
    END LOOP;
    UPDATE audit_head SET seq = place, hash = before,
      event_id = (SELECT id FROM audit_event WHERE audit_event.seq = place);
  END $$`;

/** Keeps the log as it is, for `restore`. */
async function keep(): Promise<void> {
  await sql('DROP TABLE IF EXISTS admin.kept_event, admin.kept_head');
  await sql('CREATE TABLE admin.kept_event AS TABLE admin.audit_event');
  await sql('CREATE TABLE admin.kept_head AS TABLE admin.audit_head');
}

async function restore(): Promise<void> {
  await tamper('DELETE FROM admin.audit_event');
  await tamper('INSERT INTO admin.audit_event SELECT * FROM admin.kept_event');
  await tamper('DELETE FROM admin.audit_head');
  await tamper('INSERT INTO admin.audit_head SELECT * FROM admin.kept_head');
}

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
