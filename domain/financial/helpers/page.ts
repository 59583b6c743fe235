import { cursorForms, decodeCursor } from '#platform/cursor';

/** Sorts after everything: where a list that goes down from the newest begins. */
const beginning = { createdAt: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };
const newestSeq = String(Number.MAX_SAFE_INTEGER);

/** The place that a page of pockets or transfers begins below. @throws invalid_cursor */
export function placeBefore(cursor: string | undefined): { createdAt: string; id: string } {
  return cursor === undefined ? beginning : decodeCursor(cursor, { createdAt: cursorForms.time, id: cursorForms.id });
}

/** The entry number that a page of movements begins below. @throws invalid_cursor */
export function seqBefore(cursor: string | undefined): string {
  return cursor === undefined ? newestSeq : decodeCursor(cursor, { seq: cursorForms.count }).seq;
}

/** What lists of pockets and transfers are sorted by. */
export function byPlace({ createdAt, id }: { createdAt: string; id: string }) {
  return { createdAt, id };
}

/** What lists of movements are sorted by. */
export function bySeq({ seq }: { seq: number }) {
  return { seq };
}

/** The place that a page of members begins above. @throws invalid_cursor */
export function joinedAfter(cursor: string | undefined): { joinedAt: string; memberId: string } {
  if (cursor === undefined) return { joinedAt: '-infinity', memberId: '00000000-0000-0000-0000-000000000000' };
  return decodeCursor(cursor, { joinedAt: cursorForms.time, memberId: cursorForms.id });
}

/** What a list of members is sorted by: who joined first comes first. */
export function byJoining({ joinedAt, memberId }: { joinedAt: string; memberId: string }) {
  return { joinedAt, memberId };
}
