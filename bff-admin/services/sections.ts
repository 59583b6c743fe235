import type { Clock } from '#platform/clock';
import { Problem } from '#platform/problem';

/** A part of a screen: what its owner says now, or that it does not answer. */
export type Section<T> =
  { status: 'ok'; asOf: Date; data: T } | { status: 'unavailable'; retryAfterSeconds: number; problem: Problem };

/** Fetches a section. What its owner refuses or fails at leaves the rest of the screen alone; a bug of ours does not. */
export async function readSection<T>(clock: Clock, fetch: () => Promise<T>): Promise<Section<T>> {
  try {
    return { status: 'ok', data: await fetch(), asOf: clock.now() };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { status: 'unavailable', retryAfterSeconds: Number(error.headers['Retry-After'] ?? 5), problem: error };
  }
}
