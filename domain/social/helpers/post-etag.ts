import { createHash } from 'node:crypto';
import { assertIfMatch, versionTag } from '#platform/etag';

/**
 * The ETag of a post as one person sees it: its version, then a digest of what is shown, which changes with counts and
 * quotes too: `"2.xE3kQ0aa.7Jd…"`.
 */
export function postTag(card: object, version: number, userId: string): string {
  const shown = createHash('sha1').update(JSON.stringify(card)).digest('base64url');
  return `${versionTag(version, userId).slice(0, -1)}.${shown}"`;
}

/** Checks an `If-Match` header against what may be edited: a reaction in between does not make a tag stale. @throws precondition_failed */
export function assertPostMatch(ifMatch: string | undefined, version: number, userId: string): void {
  assertIfMatch(ifMatch?.replaceAll(/"([^".]*\.[^".]*)\.[^"]*"/g, '"$1"'), version, userId);
}
