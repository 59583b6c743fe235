import { Problem } from '#platform/problem';
import type { ConsentRecord } from './records.ts';
import type { Sandbox } from './sandbox.ts';
import { isoDate } from './sandbox-clock.ts';

const dayMs = 86_400_000;
type Limited = Pick<Sandbox, 'clock' | 'capabilities'>;

/**
 * What a bank counts: reads of a consent without its person, for each operation and day of the sandbox's clock. The
 * counts are forgotten when the sandbox restarts.
 */
export function createReadLimits({ clock, capabilities }: Limited) {
  let day = '';
  const counts = new Map<string, number>();

  /** @throws rate_limited */
  function take({ id, limitedUntil }: ConsentRecord, operation: string, personPresent: boolean): void {
    const now = clock.now();
    if (limitedUntil > now) throw tooMany(limitedUntil - now);
    const allowed = capabilities.current.unattendedReadsPerDay;
    if (personPresent || allowed === null) return;
    if (isoDate(now) !== day) counts.clear();
    day = isoDate(now);
    const key = `${id} ${operation}`;
    const used = counts.get(key) ?? 0;
    if (used >= allowed) throw tooMany(dayMs - (now % dayMs));
    counts.set(key, used + 1);
  }
  return { take };
}
export type ReadLimits = ReturnType<typeof createReadLimits>;

export function tooMany(waitMs: number): Problem {
  return new Problem('rate_limited', undefined, { headers: { 'Retry-After': String(Math.ceil(waitMs / 1000)) } });
}
