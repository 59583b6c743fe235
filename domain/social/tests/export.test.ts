import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { BlobServiceClient } from '@azure/storage-blob';
import yauzl from 'yauzl';
import { testServers } from '#platform/testing/servers';
import { socialSections } from '../services/archive/social-sections.ts';
import { createLeavingWorld, dayMs } from './leaving-world.ts';
import type { LeavingWorld } from './leaving-world.ts';
import { createPosting } from './posting.ts';
import type { Person } from './world.ts';

let world: LeavingWorld;
let posting: ReturnType<typeof createPosting>;
beforeAll(async () => {
  world = await createLeavingWorld();
  posting = createPosting(world);
});
afterAll(() => world.close());
beforeEach(() => {
  Object.assign(world.money, { records: {}, asked: { blockers: 0, pages: 0 } });
});

async function askFor(person: Person) {
  return (await world.social.createExport({ as: person.as }).expect(202)).body;
}

async function read(person: Person, exportId: string) {
  return (await world.social.getExport({ as: person.as, path: { exportId } }).expect(200)).body;
}

/** The finished archive of a person. */
async function exportOf(person: Person) {
  const { id } = await askFor(person);
  await world.runJobs();
  const made = await read(person, id);
  expect(made.status).toBe('ready');
  const answer = await fetch(made.url ?? '');
  const zip = Buffer.from(await answer.arrayBuffer());
  return { made, zip, headers: answer.headers, files: await unzip(zip) };
}

/** Every file of an archive by its path. */
async function unzip(zip: Buffer): Promise<Map<string, Buffer>> {
  const archive = await yauzl.fromBufferPromise(zip, { lazyEntries: true });
  const files = new Map<string, Buffer>();
  for await (const entry of archive.eachEntry()) {
    const stream = await archive.openReadStreamPromise(entry);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    files.set(entry.fileName, Buffer.concat(chunks));
  }
  return files;
}

interface Manifest {
  counts: Record<string, number>;
  files: { path: string; sha256: string; byteLength: number; count: number }[];
}

const manifestOf = (files: Map<string, Buffer>) => JSON.parse(String(files.get('manifest.json'))) as Manifest;
const recordsOf = (files: Map<string, Buffer>, path: string) =>
  JSON.parse(String(files.get(`${path}.json`))) as Record<string, unknown>[];
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('an archive', () => {
  let ada: Person;
  let ben: Person;
  let exported: Awaited<ReturnType<typeof exportOf>>;
  let pictureId: string;
  beforeAll(async () => {
    [ada, ben] = [await world.person(), await world.person()];
    pictureId = await world.picture(ada);
    const onPocket = { path: { pocketId: ben.id }, body: { mediaId: pictureId } };
    await world.social.keepPocketImage({ as: ada.as, ...onPocket }).expect(200);
    const post = await posting.post(ada, 'First,\n"quoted" and long\u2028lined #tag', { mediaIds: [pictureId] });
    await world.social.updatePost({ as: ada.as, path: { postId: post.id }, body: { text: '=SUM(A1:A9)' } }).expect(200);
    const bens = await posting.post(ben, 'Secret of Ben', { visibility: 'public' });
    await posting.reply(ada, bens.id, { text: '-2+3' });
    await posting.follow(ada, ben);
    await posting.follow(ben, ada);
    await posting.circle(ada, ben);
    await world.social.setReaction({ as: ada.as, path: { postId: bens.id, kind: 'love' } }).expect(200);
    await world.social.bookmarkPost({ as: ada.as, path: { postId: bens.id } });
    await world.social.repostPost({ as: ada.as, path: { postId: bens.id } }).expect(200);
    await world.social.setReaction({ as: ben.as, path: { postId: post.id, kind: 'love' } }).expect(200);
    world.money.records = {
      pockets: [{ id: ada.id, name: '@trip', currency: 'EUR', balanceMinor: 30000, closedAt: null }],
      movements: [1, 2, 3, 4, 5].map((amountMinor) => ({ id: ada.id, amountMinor: -amountMinor, currency: 'EUR' })),
      transactions: [{ id: ada.id, description: '+GREEN GROCER', amountMinor: -1290, pending: false }],
    };
    exported = await exportOf(ada);
  });

  test('holds each file that its manifest names, whole, and no other', () => {
    const { files, made, zip } = exported;
    const { files: named } = manifestOf(files);

    const found = [...files].filter(([path]) => path !== 'manifest.json');
    expect(found.map(([path, bytes]) => ({ path, sha256: sha256(bytes), byteLength: bytes.length }))).toEqual(
      named.map(({ path, sha256: digest, byteLength }) => ({ path, sha256: digest, byteLength })),
    );
    expect({ sha256: sha256(zip), byteLength: zip.length }).toEqual({
      sha256: made.sha256,
      byteLength: made.byteLength,
    });
  });

  test('counts what the databases count', async () => {
    const { files, made } = exported;
    const manifest = manifestOf(files);

    expect(made.counts).toEqual(manifest.counts);
    for (const { path, count } of manifest.files.filter(({ path }) => path.endsWith('.json'))) {
      expect([path, recordsOf(files, path.replace('.json', '')).length]).toEqual([path, count]);
    }
    for (const { name, from, owner } of socialSections.filter((section) => section.name !== 'exports')) {
      const [row] = await world.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${from} WHERE ${owner} = $1`, ada.id); // prettier-ignore
      expect([name, manifest.counts[`social/${name}`]]).toEqual([name, row?.n]);
    }
    expect(manifest.counts).toMatchObject({
      'social/posts': 2,
      'social/post-revisions': 1,
      'social/reactions': 1,
      'social/circle-members': 1,
      'financial/pockets': 1,
      'financial/movements': 5,
      'financial/entries': 0,
      'flagship/transactions': 1,
      media: 1,
    });
  });

  test('says what the person wrote, as it was written', () => {
    const { files } = exported;

    expect(
      recordsOf(files, 'social/posts')
        .map((post) => post['text'])
        .sort(),
    ).toEqual(['-2+3', '=SUM(A1:A9)']);
    expect(recordsOf(files, 'social/post-revisions').map((revision) => revision['text'])).toEqual([
      'First,\n"quoted" and long\u2028lined #tag',
    ]);
    expect(recordsOf(files, 'social/account')).toMatchObject([{ handle: ada.handle, email: ada.email }]);
    expect(recordsOf(files, 'financial/movements').map((movement) => movement['amountMinor'])).toEqual([
      -1, -2, -3, -4, -5,
    ]);
  });

  test('as tables runs no formula, and numbers stay numbers', () => {
    const { files } = exported;

    const posts = String(files.get('social/posts.csv'));
    expect(posts).toMatch(/^\uFEFFid,text,visibility,/);
    expect(posts).toContain(",'=SUM(A1:A9),public,");
    expect(posts).toContain(",'-2+3,public,");
    expect(String(files.get('financial/pockets.csv'))).toBe(
      `\uFEFFid,name,currency,balanceMinor,closedAt\r\n${ada.id},'@trip,EUR,30000,\r\n`,
    );
    expect(String(files.get('flagship/transactions.csv'))).toContain(`,'+GREEN GROCER,-1290,false\r\n`);
  });

  test('has the pictures as they are published', async () => {
    const { body } = await world.social.getMedia({ as: ada.as, path: { mediaId: pictureId } }).expect(200);
    const published = Buffer.from(await (await fetch(body.url ?? '')).arrayBuffer());

    expect(exported.files.get(`media/${pictureId}.webp`)?.equals(published)).toBe(true);
    expect(recordsOf(exported.files, 'social/media')).toMatchObject([
      { file: `media/${pictureId}.webp`, onPocketIds: [ben.id] },
    ]);
  });

  test('holds no secret, and nothing that others wrote', () => {
    const everything = [...exported.files.values()].map(String).join('\n');

    expect(everything).not.toContain('Secret of Ben');
    expect(everything).not.toMatch(/argon2|password|tokenHash/i);
  });

  test('comes as a file, to whoever has the link and nobody else', async () => {
    const { headers, made } = exported;
    const bare = new URL(made.url ?? '');
    bare.search = '';

    expect(headers.get('content-type')).toBe('application/zip');
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="clync-\d{4}-\d\d-\d\d\.zip"$/);
    expect((await fetch(bare)).status).toBeGreaterThanOrEqual(400);
    expect((await fetch(made.url ?? '', { method: 'DELETE' })).status).toBeGreaterThanOrEqual(400);
  });
});

test('knows every table that a person stands in: it is exported, or there is a reason', async () => {
  const notExported: Record<string, string> = {
    account_closure: 'there is none while somebody is signed in',
    email_code: 'a secret',
    refresh_token: 'a secret',
    limit_window: 'passes by itself',
    idempotency: 'copies of answers, for a week',
    notice: 'ids that were told, so that they are told once',
    notification_group: 'a view of the notifications',
    timeline_entry: 'a view of the posts of others',
    timeline_repost: 'a view of the posts of others',
    large_author: 'a way of delivering',
    popular_post: 'a view of public posts',
    trending_tag: 'a view of public posts',
    retired_handle: 'of accounts that are gone',
    suspension_decision: 'what was decided stands among the sanctions',
  };
  const joined: Record<string, string> = {
    profile: 'account',
    post_media: 'posts',
    post_tag: 'posts',
    post_mention: 'posts',
    pocket_image: 'media',
  };

  const tables = await world.query<{ name: string }>(`
    SELECT table_name AS name FROM information_schema.tables
    WHERE table_schema = 'social' AND table_type = 'BASE TABLE' AND table_name NOT LIKE '\\_%'`);
  const exported = socialSections.map(({ from }) => from.split(' ')[0] ?? '');
  const known = [...exported, ...Object.keys(notExported), ...Object.keys(joined)];

  expect([...new Set(tables.map(({ name }) => name))].sort()).toEqual([...new Set(known)].sort());
});

test('leads through many pages of every section', async () => {
  const ada = await world.person();
  await world.query(
    `INSERT INTO muted_word (id, account_id, phrase, created_at)
     SELECT gen_random_uuid(), $1, 'word ' || n, now() FROM generate_series(1, 1203) n`,
    ada.id,
  );

  const { files } = await exportOf(ada);

  const words = recordsOf(files, 'social/muted-words').map(({ phrase }) => phrase);
  expect(words).toHaveLength(1203);
  expect(new Set(words).size).toBe(1203);
  expect(String(files.get('social/muted-words.csv')).trim().split('\r\n')).toHaveLength(1204);
});

test('a second one within a day is too soon, also at the same moment; the next day it is not', async () => {
  const ada = await world.person();

  const answers = await Promise.all([1, 2, 3, 4].map(() => world.social.createExport({ as: ada.as })));
  const begun = answers.filter(({ status }) => status === 202);
  const refused = answers.filter(({ status }) => status === 409);

  expect([begun.length, refused.length]).toEqual([1, 3]);
  const [first] = begun.map(({ body }) => body as { id: string; createdAt: string });
  expect(refused[0]?.body).toMatchObject({
    code: 'export_too_soon',
    exportId: first?.id,
    availableAt: new Date(Date.parse(first?.createdAt ?? '') + dayMs).toISOString(),
  });
  world.clock.advance(dayMs);
  await askFor(ada);
});

test('the same idempotency key answers the same export', async () => {
  const ada = await world.person();
  const ask = () => world.social.createExport({ as: ada.as, headers: { 'Idempotency-Key': 'once' } }).expect(202);

  const [first, again] = [await ask(), await ask()];

  expect(again.body).toEqual(first.body);
  expect(again.headers['idempotency-replayed']).toBe('true');
});

test("another's export is not found", async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const { id } = await askFor(ada);

  await world.social.getExport({ as: ben.as, path: { exportId: id } }).expect(404);
  await world.social.getExport({ as: ada.as, path: { exportId: ben.id } }).expect(404);
});

test('dies after a day, and its bytes with it', async () => {
  const ada = await world.person();
  const { made } = await exportOf(ada);
  const blob = BlobServiceClient.fromConnectionString(testServers().blobConnectionString)
    .getContainerClient('exports')
    .getBlobClient(`${made.id}.zip`);
  expect(Date.parse(made.expiresAt ?? '') - world.clock.now().getTime()).toBeLessThanOrEqual(dayMs);

  world.clock.advance(dayMs);
  const dead = await read(ada, made.id);
  const kept = await blob.exists();
  await world.run('expireExports');

  expect([dead.status, dead.url, kept]).toEqual(['expired', null, true]);
  expect(await blob.exists()).toBe(false);
  expect((await fetch(made.url ?? '')).status).toBe(404);
});

test('one that cannot be made is tried again, then given up, and another can be asked for', async () => {
  const ada = await world.person();
  const { id } = await askFor(ada);
  await world.runJobs();
  await world.query(`UPDATE account_export SET status = 'processing' WHERE id = $1`, id);

  world.clock.advance(7 * 3_600_000);
  await world.run('expireExports');

  expect(await read(ada, id)).toMatchObject({ status: 'failed', url: null });
  await askFor(ada);
});

test('nothing is left of one whose person has gone meanwhile', async () => {
  const ada = await world.person();
  const { made } = await exportOf(ada);
  await world.query('DELETE FROM account_export WHERE id = $1', made.id);

  await world.query(`SELECT social_jobs.add_job('buildExport', $1::json)`, JSON.stringify({ exportId: made.id }));
  await world.runJobs();

  expect((await fetch(made.url ?? '')).status).toBe(404);
});

test('what fails half-way is made anew, whole', async () => {
  const ada = await world.person();
  world.money.records = { pockets: [{ id: ada.id }] };
  world.money.exportFailures = 2;

  const { files } = await exportOf(ada);

  expect(recordsOf(files, 'financial/pockets')).toEqual([{ id: ada.id }]);
  expect(world.money.exportFailures).toBe(0);
});

test('a text of any characters survives the table', async () => {
  const ada = await world.person();
  const texts = ['a,b', '"', '\r\n', "'", '\t=1', '＝1', '💶', 'null', ' '.repeat(3) + 'x'];
  for (const each of texts) await posting.post(ada, each === '\r\n' ? 'a\r\nb' : each);

  const { files } = await exportOf(ada);

  const table = await text(new Blob([new Uint8Array(files.get('social/posts.csv') ?? [])]).stream());
  for (const cell of ['"a,b"', '""""', '"a\r\nb"', "'\t=1", "'＝1", '💶', 'null', '   x'])
    expect(table).toContain(cell);
});
