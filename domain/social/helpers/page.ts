import { decodeCursor, encodeCursor } from '#platform/cursor';
import { Problem } from '#platform/problem';

/** Sorts after every id: where a list that goes down from the newest begins. */
export const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
export const firstId = '00000000-0000-0000-0000-000000000000';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id that a page begins below; without a cursor, the newest. */
export function idBefore(cursor: string | undefined): string {
  if (cursor === undefined) return lastId;
  const { id } = decodeCursor(cursor, 'id');
  if (!uuid.test(id))
    throw new Problem('invalid_cursor', undefined, {
      errors: [{ parameter: 'cursor', message: 'is not a cursor of this list' }],
    });
  return id;
}

/** A page out of rows of which one more than `limit` was asked for. */
export function pageOf<Row extends { id: string }>(
  rows: Row[],
  limit: number,
): { items: Row[]; nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? encodeCursor({ id: last.id }) : null };
}
