import { createHash } from 'node:crypto';
import { Problem } from './problem.ts';

/** The strong ETag of a versioned resource as one person sees it: `"7.xE3kQ0"`. Nobody else's tag equals it. */
export function versionTag(version: number, userId: string): string {
  return `"${String(version)}.${createHash('sha256').update(userId).digest('base64url').slice(0, 8)}"`;
}

/**
 * Checks an `If-Match` header (RFC 9110, section 13.1.1) against the current version; no header and `*` always pass.
 * @throws precondition_failed when the caller's change was made on another version.
 */
export function assertIfMatch(ifMatch: string | undefined, version: number, userId: string): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (!tags.includes(versionTag(version, userId))) throw new Problem('precondition_failed');
}
