import { idempotencyKeyRequired } from '../errors.ts';

/** The key of a request that moves money; the contract leaves it optional so that its absence has a code of its own. */
export function requireKey(headers: { 'idempotency-key'?: string }): string {
  const key = headers['idempotency-key'];
  if (key === undefined) throw idempotencyKeyRequired();
  return key;
}
