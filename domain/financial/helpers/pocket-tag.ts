import { assertIfMatch, versionTag } from '#platform/etag';
import { dayOf } from './calendar.ts';

interface Versioned {
  ownerId: string;
  version: number;
  entryCount: number;
}

/**
 * The ETag of a pocket: `"3.xE3kQ0aB.17.2026-11-22"`. It changes with the name and goal, with every movement, and with
 * the day, since the plan is for a day.
 */
export function pocketTag({ ownerId, version, entryCount }: Versioned, now: Date): string {
  const edited = versionTag(version, ownerId).slice(0, -1);
  return `${edited}.${String(entryCount)}.${dayOf(now)}"`;
}

/**
 * Checks `If-Match` by the edits alone: a contribution that came in between is no reason to refuse a new name.
 * @throws precondition_failed when the name or goal was changed since.
 */
export function assertVersion(ifMatch: string | undefined, { ownerId, version }: Versioned): void {
  const edited = ifMatch?.replace(/"(\d+\.[\w-]+)\.\d+\.[\d-]+"/g, '"$1"');
  assertIfMatch(edited, version, ownerId);
}
