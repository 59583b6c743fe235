import { encodeCursor } from './cursor.ts';

/** One page of a list; `nextCursor` is null on the last one. */
export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** Which page is asked for. */
export interface PageRequest {
  limit: number;
  cursor?: string | undefined;
}

/** A page out of rows of which one more than `limit` was asked for; `keyset` is what the list is sorted by. */
export function pageOf<Row>(
  rows: Row[],
  limit: number,
  keyset: (row: Row) => Record<string, string | number>,
): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keyset(last)) : null };
}
