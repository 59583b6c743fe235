import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';

/** What went through a meter. */
export interface Measure {
  sha256: string;
  byteLength: number;
}

/** A stream that passes on what comes and measures it; ask when it has ended. */
export function createMeter(): { stream: Transform; measure(): Measure } {
  const hash = createHash('sha256');
  let byteLength = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      byteLength += chunk.length;
      done(null, chunk);
    },
  });
  return { stream, measure: () => ({ sha256: hash.digest('hex'), byteLength }) };
}
