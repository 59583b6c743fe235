import { Problem } from '#platform/problem';
import type { FieldError } from '#platform/problem';

/** The moment that a timestamp of the contract names. RFC 3339 has leap seconds, which JavaScript has not: they are refused. */
export function readTimestamp(timestamp: string, place: Omit<FieldError, 'message'>): Date {
  const moment = new Date(timestamp);
  if (Number.isNaN(moment.getTime())) {
    throw new Problem('invalid_request', undefined, {
      errors: [{ ...place, message: 'is not a moment that we can count' }],
    });
  }
  return moment;
}
