import { expiryPast } from '../errors.ts';

/** What is to end by itself ends later than now; a schema cannot state that. */
export function assertFuture(expiresAt: Date | null | undefined, now: Date): void {
  if (expiresAt && expiresAt <= now) throw expiryPast();
}
