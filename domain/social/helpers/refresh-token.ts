import { createHash, createHmac, randomBytes } from 'node:crypto';

/** A new refresh token: 256 random bits. */
export function newRefreshToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * The one token that follows `token`. It is derived, so that the same successor can be given again without being kept
 * anywhere; without the key nobody can tell it from random.
 */
export function successorOf(token: string, key: string): string {
  return createHmac('sha256', key).update(token).digest('base64url');
}

/** What is kept of a token. */
export function hashRefreshToken(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(token).digest());
}
