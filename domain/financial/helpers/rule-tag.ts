import { assertIfMatch, versionTag } from '#platform/etag';
import type { RuleFacts } from '../services/rule-facts.ts';

/** The ETag of a rule: `"3.xE3kQ0aB.2026-11-30.active"`. It changes with every edit, with the day of the next run, and when a pause ends. */
export function ruleTag({ version, ownerId, nextOn, pausedUntil }: RuleFacts, now: Date): string {
  const edited = versionTag(version, ownerId).slice(0, -1);
  const status = pausedUntil !== null && new Date(pausedUntil) > now ? 'paused' : 'active';
  return `${edited}.${nextOn ?? 'event'}.${status}"`;
}

/**
 * Checks `If-Match` by the edits alone: a run that came in between is no reason to refuse a change.
 * @throws precondition_failed when the rule was changed since.
 */
export function assertRuleVersion(ifMatch: string | undefined, { version, ownerId }: RuleFacts): void {
  const edited = ifMatch?.replace(/"(\d+\.[\w-]+)\.(?:[\d-]+|event)\.\w+"/g, '"$1"');
  assertIfMatch(edited, version, ownerId);
}
