import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { createMeter } from './stream-meter.ts';
import type { Measure } from './stream-meter.ts';

/** A ZIP that is written and read at once, so that no more than a few blocks of it are ever in memory. */
export interface Zip {
  /** Adds one file, and comes back with its measure when all of it went through. Inside of `fill`. */
  add(name: string, content: Readable): Promise<Measure>;
  /** Runs what adds the files, then ends the archive. When it fails, so does the reader. */
  fill<T>(work: () => Promise<T>): Promise<T>;
  /** Runs what reads the archive. When it fails, so does the writer. */
  drain(read: (archive: Readable) => Promise<void>): Promise<void>;
  /** Of the whole archive, once it was drained. */
  measure(): Measure;
}

// What is compressed already only gets larger.
const packed = /\.webp$/;

export function openZip(): Zip {
  const zip = new ZipFile();
  const whole = createMeter();
  const readerFailed = new AbortController();
  zip.outputStream.pipe(whole.stream);
  zip.on('error', (error) => {
    whole.stream.destroy(error as Error);
  });

  return {
    async add(name, content) {
      const meter = createMeter();
      zip.addReadStream(meter.stream, name, { compress: !packed.test(name) });
      await pipeline(content, meter.stream, { signal: readerFailed.signal });
      return meter.measure();
    },
    async fill(work) {
      try {
        const result = await work();
        zip.end();
        return result;
      } catch (error) {
        whole.stream.destroy(error as Error);
        throw error;
      }
    },
    async drain(read) {
      try {
        await read(whole.stream);
      } catch (error) {
        readerFailed.abort(error);
        throw error;
      }
    },
    measure: () => whole.measure(),
  };
}
