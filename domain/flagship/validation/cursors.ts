import { cursorForms, decodeCursor } from '#platform/cursor';

/** The id that a page of a list by id ended with. @throws invalid_cursor */
export function readIdCursor(cursor: string | undefined): string | undefined {
  return cursor === undefined ? undefined : decodeCursor(cursor, { id: cursorForms.id }).id;
}

/** The booking date and id that a page of transactions ended with. @throws invalid_cursor */
export function readTransactionCursor(cursor: string | undefined): { bookedOn: Date; id: string } | undefined {
  if (cursor === undefined) return undefined;
  const { bookedOn, id } = decodeCursor(cursor, { bookedOn: cursorForms.day, id: cursorForms.id });
  return { bookedOn: new Date(bookedOn), id };
}
