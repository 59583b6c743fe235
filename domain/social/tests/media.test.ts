import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BlobServiceClient } from '@azure/storage-blob';
import sharp from 'sharp';
import { testServers } from '#platform/testing/servers';
import { waitFor } from '#platform/testing/wait';
import { checked, createWorld, photo, put, send } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
let ada: Person;
beforeAll(async () => {
  world = await createWorld();
  ada = await world.person('ada');
});
afterAll(() => world.close());

const jpeg = { contentType: 'image/jpeg', byteLength: 1_000_000 } as const;
const createMedia = async () => (await world.social.createMedia({ as: ada.as, body: jpeg }).expect(201)).body;

async function sendAndCheck(bytes: Buffer, contentType: Parameters<typeof send>[3] = 'image/jpeg') {
  return checked(world.social, ada, await send(world.social, ada, bytes, contentType));
}

test('publishes a photo as WebP with a thumbnail, and nothing of where it was taken', async () => {
  const original = await photo({ width: 3000, height: 1500 });
  expect((await sharp(original).metadata()).exif?.includes('Camera')).toBe(true);

  const media = await sendAndCheck(original);

  expect(media).toMatchObject({ status: 'ready', altText: 'A square', width: 2048, height: 1024, reason: null });
  expect(media.blurhash).toMatch(/^[\w#$%*+,\-.:;=?@[\]^{|}~]{20,}$/);
  const answer = await fetch(media.url ?? '');
  expect(answer.headers.get('content-type')).toBe('image/webp');
  const image = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
  expect(image).toMatchObject({ format: 'webp', width: 2048, height: 1024 });
  expect(image.exif).toBeUndefined();
  const small = await fetch(media.thumbnailUrl ?? '');
  expect(await sharp(Buffer.from(await small.arrayBuffer())).metadata()).toMatchObject({ width: 400, height: 400 });
  expect(await isQuarantined(media.id)).toBe(false);
});

test.each([['png'], ['webp'], ['gif'], ['avif']] as const)('takes %s', async (format) => {
  const bytes = await sharp(await photo({ width: 64, height: 64 }))
    .toFormat(format)
    .toBuffer();

  expect((await sendAndCheck(bytes, `image/${format}`)).status).toBe('ready');
});

test('turns a photo the way it was held', async () => {
  const held = await sharp(await photo({ width: 200, height: 100 }))
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();

  expect(await sendAndCheck(held)).toMatchObject({ width: 100, height: 200 });
});

test('rejects what is not the image it says', async () => {
  const whole = await photo();
  const svg = Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
  );
  const html = Buffer.from('<!doctype html><script>alert(1)</script><p>hello, this is a page</p>');
  const png = await sharp(whole).png().toBuffer();

  expect((await sendAndCheck(html)).reason).toBe('not_an_image');
  expect((await sendAndCheck(svg)).reason).toBe('not_an_image');
  expect((await sendAndCheck(png)).reason).toBe('type_mismatch');
  expect((await sendAndCheck(whole.subarray(0, whole.length / 2))).reason).toBe('not_an_image');
  expect((await sendAndCheck(Buffer.concat([whole.subarray(0, 20), Buffer.alloc(5_000)]))).reason).toBe('not_an_image');
  expect(await sendAndCheck(html)).toMatchObject({ status: 'rejected', url: null, thumbnailUrl: null });
});

test('rejects a picture of too many pixels without unpacking it', async () => {
  const media = await sendAndCheck(pngBomb(30_000, 30_000), 'image/png');

  expect(media).toMatchObject({ status: 'rejected', reason: 'too_many_pixels' });
  expect(await isQuarantined(media.id)).toBe(false);
});

test('rejects more bytes than were announced', async () => {
  const bytes = await photo();
  const body = { contentType: 'image/jpeg', byteLength: bytes.length - 1 } as const;
  const created = await world.social.createMedia({ as: ada.as, body }).expect(201);
  await put(created.body.upload, bytes);
  await world.social.completeMedia({ as: ada.as, path: { mediaId: created.body.mediaId } }).expect(202);

  expect((await checked(world.social, ada, created.body.mediaId)).reason).toBe('too_large');
});

test('the upload URL creates its one blob and nothing else', async () => {
  const { mediaId, upload } = await createMedia();
  const other = new URL(upload.url);
  other.pathname = other.pathname.replace(mediaId, 'another');

  expect(Date.parse(upload.expiresAt) - world.clock.now().getTime()).toBeLessThanOrEqual(600_000);
  expect((await fetch(upload.url)).status).toBe(403);
  expect((await put({ ...upload, url: other.href }, await photo())).status).toBe(403);
  expect((await put(upload, await photo())).status).toBe(201);
  expect((await put(upload, await photo())).status).toBeGreaterThanOrEqual(400);
  expect((await fetch(upload.url, { method: 'DELETE' })).status).toBe(403);
});

test('does not complete before anything is uploaded, and completes once', async () => {
  const { mediaId, upload } = await createMedia();
  const complete = () => world.social.completeMedia({ as: ada.as, path: { mediaId } });

  expect((await complete().expect(409)).body.code).toBe('upload_missing');
  await put(upload, await photo());
  await Promise.all([complete().expect(202), complete().expect(202), complete().expect(202)]);

  expect((await checked(world.social, ada, mediaId)).status).toBe('ready');
  await complete().expect(202);
});

test("does not find another's picture", async () => {
  const ben = await world.person('ben');
  const { mediaId } = await createMedia();

  await world.social.getMedia({ as: ben.as, path: { mediaId } }).expect(404);
  await world.social.completeMedia({ as: ben.as, path: { mediaId } }).expect(404);
});

test('answers the same place for the same idempotency key', async () => {
  const headers = { 'Idempotency-Key': 'one' };
  const first = await world.social.createMedia({ as: ada.as, body: jpeg, headers }).expect(201);

  const again = await world.social.createMedia({ as: ada.as, body: jpeg, headers }).expect(201);

  expect(again.body).toEqual(first.body);
  expect(again.headers['idempotency-replayed']).toBe('true');
  const other = await world.social.createMedia({ as: ada.as, body: { ...jpeg, byteLength: 5 }, headers }).expect(422);
  expect(other.body.code).toBe('idempotency_key_reused');
});

test.each([
  { ...jpeg, contentType: 'image/svg+xml' },
  { ...jpeg, byteLength: 10_485_761 },
  { ...jpeg, byteLength: 0 },
  { ...jpeg, byteLength: 9007199254740993 },
  { ...jpeg, byteLength: 1.5 },
  { ...jpeg, altText: '' },
  { contentType: 'image/jpeg' },
])('refuses to prepare for %j', async (body) => {
  await world.social.createMedia({ as: ada.as, body: body as typeof jpeg }).expect(400);
});

test('what is uploaded once more when the picture is ready goes at night, and no picture that waits does', async () => {
  const { mediaId, upload } = await createMedia();
  const waiting = await createMedia();
  const bytes = await photo();
  await put(upload, bytes);
  await put(waiting.upload, bytes);
  await world.social.completeMedia({ as: ada.as, path: { mediaId } }).expect(202);
  expect(await checked(world.social, ada, mediaId)).toMatchObject({ status: 'ready' });
  await waitFor('the quarantine to be empty', async () => !(await isQuarantined(mediaId)));
  await put(upload, bytes);
  expect(await isQuarantined(mediaId)).toBe(true);

  await world.query(`SELECT social_jobs.add_job('sweep', '{}')`);
  await world.jobsDone();

  expect(await isQuarantined(mediaId)).toBe(false);
  expect(await isQuarantined(waiting.mediaId)).toBe(true);
  expect(await checked(world.social, ada, mediaId)).toMatchObject({ status: 'ready' });
});

async function isQuarantined(mediaId: string): Promise<boolean> {
  const storage = BlobServiceClient.fromConnectionString(testServers().blobConnectionString);
  return storage.getContainerClient('quarantine').getBlobClient(mediaId).exists();
}

/** A PNG of few bytes that unpacks to very many. */
function pngBomb(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const chunks = [
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1_000_000))),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
