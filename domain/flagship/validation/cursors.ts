import { decodeCursor } from '#platform/cursor';
import { Problem } from '#platform/problem';

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** The id that a page of a list by id ended with. */
export function readIdCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const { id } = decodeCursor(cursor, 'id');
  if (!uuid.test(id)) throw new Problem('invalid_cursor');
  return id;
}

/** The booking date and id that a page of transactions ended with. */
export function readTransactionCursor(cursor: string | undefined): { bookedOn: Date; id: string } | undefined {
  if (cursor === undefined) return undefined;
  const { bookedOn, id } = decodeCursor(cursor, 'bookedOn', 'id');
  const day = new Date(`${bookedOn}T00:00:00Z`);
  if (!uuid.test(id) || !/^\d{4}-\d\d-\d\d$/.test(bookedOn) || Number.isNaN(day.getTime()))
    throw new Problem('invalid_cursor');
  return { bookedOn: day, id };
}
