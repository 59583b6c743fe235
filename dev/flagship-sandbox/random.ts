import { createHash, randomBytes } from 'node:crypto';

/** Numbers from 0 to 1 that are the same for the same words (mulberry32 over a hash of them). */
export function createRandom(...words: string[]): () => number {
  let state = createHash('sha256').update(words.join('\u001f')).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An id that is the same for the same words. */
export function stableId(prefix: string, ...words: string[]): string {
  return `${prefix}_${createHash('sha256').update(words.join('\u001f')).digest('hex').slice(0, 20)}`;
}

/** Secrets are never made from the seed. */
export function newSecret(prefix: string): string {
  return `${prefix}_${randomBytes(20).toString('base64url')}`;
}
