import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import yauzl from 'yauzl';
import { openZip } from '../services/archive/zip.ts';

const mebibyte = 1024 * 1024;

/** More than fits between writer and reader, and nothing that a compressor makes small. */
function* noise(mebibytes: number): Generator<Buffer> {
  for (let at = 0; at < mebibytes; at += 1) yield randomBytes(mebibyte);
}

test('is a ZIP of what was added, in its order', async () => {
  const zip = openZip();
  const names = ['a.json', 'b/c.webp'];

  const [, whole] = await Promise.all([
    zip.fill(async () => {
      for (const name of names) await zip.add(name, Readable.from(noise(1)));
    }),
    new Promise<Buffer>((resolve, reject) => {
      zip.drain(async (archive) => { resolve(await buffer(archive)); }).catch(reject); // prettier-ignore
    }),
  ]);

  const archive = await yauzl.fromBufferPromise(whole, { lazyEntries: true });
  const found: string[] = [];
  for await (const { fileName, uncompressedSize } of archive.eachEntry()) found.push(`${fileName} ${String(uncompressedSize)}`); // prettier-ignore
  expect(found).toEqual(names.map((name) => `${name} ${String(mebibyte)}`));
  expect(zip.measure().byteLength).toBe(whole.length);
});

test('reads no faster than it is written', async () => {
  const zip = openZip();
  let taken = 0;
  const counted = Readable.from(
    (function* () {
      for (const block of noise(64)) {
        taken += 1;
        yield block;
      }
    })(),
  );
  const filled = zip.fill(() => zip.add('large.bin', counted));

  await zip
    .drain(async (archive) => {
      const first = (await archive[Symbol.asyncIterator]().next()) as { value: Buffer };
      expect(first.value.length).toBeGreaterThan(0);
      throw new Error('enough');
    })
    .catch(() => undefined);

  await expect(filled).rejects.toThrow();
  expect(taken).toBeLessThan(16);
});

test('fails as a whole when what is added fails', async () => {
  const zip = openZip();
  const broken = Readable.from(
    (function* () {
      yield* noise(2);
      throw new Error('the source broke');
    })(),
  );

  const results = await Promise.allSettled([
    zip.fill(() => zip.add('broken.bin', broken)),
    zip.drain(async (archive) => {
      await buffer(archive);
    }),
  ]);

  expect(results.map((result) => result.status === 'rejected' && String(result.reason))).toEqual([
    'Error: the source broke',
    'Error: the source broke',
  ]);
});
