import { decodeCursor, encodeCursor } from '#platform/cursor';

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** Sorts after everything: where a list that goes down from the newest begins. */
const beginning = { createdAt: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };
const newestSeq = String(Number.MAX_SAFE_INTEGER);

/** The place that a page of pockets or transfers begins below. */
export function placeBefore(cursor: string | undefined): { createdAt: string; id: string } {
  return cursor === undefined ? beginning : decodeCursor(cursor, 'createdAt', 'id');
}

/** A page out of rows of which one more than `limit` was asked for. */
export function pageOf<Row extends { createdAt: string; id: string }>(rows: Row[], limit: number): Page<Row> {
  return cut(rows, limit, ({ createdAt, id }) => ({ createdAt, id }));
}

/** The entry number that a page of movements begins below. */
export function movementCursor(cursor: string | undefined): string {
  return cursor === undefined ? newestSeq : decodeCursor(cursor, 'seq').seq;
}

export function movementPage<Row extends { seq: number }>(rows: Row[], limit: number): Page<Row> {
  return cut(rows, limit, ({ seq }) => ({ seq }));
}

function cut<Row>(rows: Row[], limit: number, keyset: (row: Row) => Record<string, string | number>): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keyset(last)) : null };
}
