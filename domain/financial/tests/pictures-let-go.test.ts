import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createFinancialWorker } from '../jobs/worker.ts';
import { createPerson, createPocket, jobsDone, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { createDatabaseBefore } from './old-database.ts';
import { join } from './shared-pocket.ts';
import type { Person } from './shared-pocket.ts';
import { startSocialRecorder } from './social-recorder.ts';

const imageUrl = 'https://media.clync.example/0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d71/image.webp';

let app: FinancialApp;
let social: Awaited<ReturnType<typeof startSocialRecorder>>;
beforeAll(async () => {
  app = await startFinancialApp();
  social = await startSocialRecorder(app.trust);
});
afterAll(async () => {
  await social.stop();
  await app.stop();
});

interface PocketPath {
  pocketId: string;
}

async function pocketOf(as: Person): Promise<PocketPath> {
  const path = { pocketId: (await createPocket(app, as)).id };
  await app.client.updatePocket({ as, path, body: { imageUrl } }).expect(200);
  return path;
}

async function handOver(from: Person, to: Person, { pocketId }: PocketPath) {
  const path = { pocketId, userId: to.userId };
  await app.client.updatePocketMember({ as: from, path, body: { role: 'owner' } }).expect(200);
}

async function shownTo(as: Person, path: PocketPath) {
  const { body, headers } = await app.client.getPocket({ as, path }).expect(200);
  return { imageUrl: body.imageUrl, etag: headers['etag'] };
}

/** Does the jobs that wait now; what social was asked meanwhile. */
async function droppedByJobs() {
  social.dropped.length = 0;
  const worker = await createFinancialWorker({
    databaseUrl: app.databases.url('financial'),
    logLevel: 'silent',
    metricsPort: 0,
    flagshipUrl: 'http://127.0.0.1:1',
    socialUrl: social.url,
    serviceTokenKey: app.keys['financial']?.privateKey ?? {},
  });
  await worker.start();
  await jobsDone(app, ['dropPocketImages']);
  await worker.stop();
  return [...social.dropped];
}

test('a closed pocket loses its picture, and social keeps it no longer', async () => {
  const owner = await createPerson(app);
  const [closed, open] = [await pocketOf(owner), await pocketOf(owner)];

  const { body } = await app.client.closePocket({ as: owner, path: closed, headers: withKey(), body: {} }).expect(200);

  expect(body).toMatchObject({ status: 'closed', imageUrl: null });
  expect((await shownTo(owner, open)).imageUrl).toBe(imageUrl);
  expect(await droppedByJobs()).toEqual([{ ...closed, userId: owner.userId }]);
});

test('so does one that is handed over, and what the next owner puts there stays', async () => {
  const owner = await createPerson(app);
  const path = await pocketOf(owner);
  const heir = await join(app, owner, path);
  const before = await shownTo(heir, path);

  await handOver(owner, heir, path);

  const after = await shownTo(heir, path);
  expect([before.imageUrl, after.imageUrl]).toEqual([imageUrl, null]);
  expect(after.etag).not.toBe(before.etag);
  await app.client.updatePocket({ as: heir, path, body: { imageUrl } }).expect(200);
  expect(await droppedByJobs()).toEqual([{ ...path, userId: owner.userId }]);
  expect((await shownTo(owner, path)).imageUrl).toBe(imageUrl);
});

test('a picture that its owner put there after getting the pocket back is not let go late', async () => {
  const owner = await createPerson(app);
  const path = await pocketOf(owner);
  const heir = await join(app, owner, path);
  await handOver(owner, heir, path);
  await handOver(heir, owner, path);
  await app.client.updatePocket({ as: owner, path, body: { imageUrl } }).expect(200);

  expect(await droppedByJobs()).toEqual([]);

  expect((await shownTo(heir, path)).imageUrl).toBe(imageUrl);
});

test('pockets that had been closed or handed over lose theirs too, and no other pocket does', async () => {
  const database = await createDatabaseBefore('20261123080900');
  const { sql } = database;
  const [ownerId, heirId] = [randomUUID(), randomUUID()];
  const open = { ownerId, currency: 'EUR', name: 'Trip', visibility: 'private', at: new Date('2026-10-01T12:00:00Z') };
  const ids: string[] = [];
  for (let count = 0; count < 3; count += 1) ids.push((await database.call('open_pocket', open)).id);
  const [closed, given, kept] = ids;
  await sql.query('update pocket set image_url = $1, image_by = owner_id', [imageUrl]);
  await sql.query('select end_pocket($1, now())', [closed]);
  await sql.query('select hand_over($1, $2, $3, now())', [given, ownerId, heirId]);

  await database.migrate();

  const { rows } = await sql.query('select id from pocket where image_url is not null');
  const { rows: asked } = await sql.query(
    `select payload ->> 'pocketId' as id from financial_jobs._private_jobs where payload ->> 'personId' = $1`,
    [ownerId],
  );
  await database.drop();
  expect(rows).toEqual([{ id: kept }]);
  expect(asked.map(({ id }) => String(id)).sort()).toEqual([String(closed), String(given)].sort());
});
