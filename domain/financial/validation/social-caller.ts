import type { Caller } from '#platform/caller';
import { forbidden } from '../errors.ts';

/** Social keeps the accounts of people: it alone may have one erased or exported. */
export function assertSocial({ service }: Caller): void {
  if (service !== 'social') throw forbidden();
}
