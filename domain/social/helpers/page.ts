import { cursorForms, decodeCursor } from '#platform/cursor';

/** Sorts after every id: where a list that goes down from the newest begins. */
export const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
/** Sorts before every id: where a list that goes up begins. */
export const firstId = '00000000-0000-0000-0000-000000000000';

/** The id that a page begins below; without a cursor, the newest. @throws invalid_cursor */
export function idBefore(cursor: string | undefined): string {
  return cursor === undefined ? lastId : decodeCursor(cursor, { id: cursorForms.id }).id;
}

/** What lists by id are sorted by. */
export function byId({ id }: { id: string }) {
  return { id };
}
