import { assertIfMatch, versionTag } from '#platform/etag';
import { dayOf } from './calendar.ts';
import { countLockSteps } from './lock.ts';
import type { LockedFacts } from './lock.ts';

interface Versioned extends LockedFacts {
  viewerId: string;
  version: number;
  entryCount: number;
}

/**
 * The ETag of a pocket: `"3.xE3kQ0aB.17.2026-11-22-0"`. It changes with the name, goal and lock, with every movement, with
 * the day, since the plan is for a day, and with what the clock does to a lock.
 */
export function pocketTag(facts: Versioned, now: Date): string {
  const edited = versionTag(facts.version, facts.viewerId).slice(0, -1);
  return `${edited}.${String(facts.entryCount)}.${dayOf(now)}-${String(countLockSteps(facts, now))}"`;
}

/**
 * Checks `If-Match` by the edits alone: a contribution that came in between is no reason to refuse a new name.
 * @throws precondition_failed when the name or goal was changed since.
 */
export function assertVersion(
  ifMatch: string | undefined,
  { viewerId, version }: Pick<Versioned, 'viewerId' | 'version'>,
): void {
  const edited = ifMatch?.replace(/"(\d+\.[\w-]+)\.\d+\.[\d-]+"/g, '"$1"');
  assertIfMatch(edited, version, viewerId);
}
