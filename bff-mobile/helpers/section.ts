import { digest } from '#platform/send';
import { composeJson } from '#platform/raw-json';
import type { RawJson } from '#platform/raw-json';

/** One part of a screen: fresh, the last known with its age, or not to be had. */
export type Section<T> =
  | { status: 'ok'; asOf: string; data: T | RawJson<T> }
  | { status: 'stale'; asOf: string; retryAfterSeconds: number; data: T | RawJson<T> }
  | { status: 'unavailable'; retryAfterSeconds: number; data: null };

export function ok<T>(data: T | RawJson<T>, asOf: Date): Section<T> {
  return { status: 'ok', asOf: asOf.toISOString(), data };
}

export function stale<T>(data: T | RawJson<T>, asOf: Date, retryAfterSeconds = 30): Section<T> {
  return { status: 'stale', asOf: asOf.toISOString(), retryAfterSeconds, data };
}

export function failed(retryAfterSeconds = 5): Section<never> {
  return { status: 'unavailable', retryAfterSeconds, data: null };
}

/** A part that came, or the seconds after which it is worth asking again. */
export function fresh<T>(part: T | RawJson<T> | undefined, asOf: Date, retryAfterSeconds?: number): Section<T> {
  return part === undefined ? failed(retryAfterSeconds) : ok(part, asOf);
}

/**
 * The ETag of a screen for one person. It leaves out the times at which fresh data was fetched: an unchanged screen
 * has an unchanged tag.
 */
export function screenTag(userId: string, sections: Record<string, Section<unknown>>): string {
  const content = Object.values(sections).map((section) => [
    section.status,
    section.status === 'stale' ? section.asOf : '',
    section.data,
  ]);
  return `"${digest(userId, composeJson(content))}"`;
}
