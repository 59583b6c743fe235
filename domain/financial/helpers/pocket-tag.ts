import { assertIfMatch, versionTag } from '#platform/etag';
import { countLockSteps } from './lock.ts';
import type { LockedFacts } from './lock.ts';
import { dayIn } from './time-zones.ts';

interface Versioned extends LockedFacts {
  viewerId: string;
  version: number;
  entryCount: number;
  timeZone?: string;
}

/**
 * The ETag of a pocket: `"3.xE3kQ0aB.17.2026-11-22-0"`. It changes with the name, goal and lock, with every movement, with
 * the day, since the plan is for a day of the viewer's time zone, with that zone, and with what the clock does to a lock.
 */
export function pocketTag(facts: Versioned, now: Date): string {
  const { timeZone = 'UTC' } = facts;
  const edited = versionTag(facts.version, facts.viewerId).slice(0, -1);
  const zone = timeZone === 'UTC' ? '' : `-${Buffer.from(timeZone).toString('base64url')}`;
  return `${edited}.${String(facts.entryCount)}.${dayIn(timeZone, now)}-${String(countLockSteps(facts, now))}${zone}"`;
}

/**
 * Checks `If-Match` by the edits alone: a contribution that came in between is no reason to refuse a new name.
 * @throws precondition_failed when the name or goal was changed since.
 */
export function assertVersion(
  ifMatch: string | undefined,
  { viewerId, version }: Pick<Versioned, 'viewerId' | 'version'>,
): void {
  const edited = ifMatch?.replace(/"(\d+\.[\w-]+)\.\d+\.[\w-]+"/g, '"$1"');
  assertIfMatch(edited, version, viewerId);
}
