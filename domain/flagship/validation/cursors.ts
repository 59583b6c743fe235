import { cursorForms, decodeCursor } from '#platform/cursor';

/** The id that a page of a list by id ended with. @throws invalid_cursor */
export function readIdCursor(cursor: string | undefined): string | undefined {
  return cursor === undefined ? undefined : decodeCursor(cursor, { id: cursorForms.id }).id;
}

/** The number that a page of a numbered list ended with. @throws invalid_cursor */
export function readSequenceCursor(cursor: string | undefined): bigint | undefined {
  return cursor === undefined ? undefined : BigInt(decodeCursor(cursor, { seq: cursorForms.count }).seq);
}

/** The name and id that a page of a list by name ended with. @throws invalid_cursor */
export function readNameCursor(cursor: string | undefined): { name: string; id: string } | undefined {
  return cursor === undefined ? undefined : decodeCursor(cursor, { name: cursorForms.text, id: cursorForms.text });
}

/** The booking date and id that a page of transactions ended with. @throws invalid_cursor */
export function readTransactionCursor(cursor: string | undefined): { bookedOn: Date; id: string } | undefined {
  if (cursor === undefined) return undefined;
  const { bookedOn, id } = decodeCursor(cursor, { bookedOn: cursorForms.day, id: cursorForms.id });
  return { bookedOn: new Date(bookedOn), id };
}
