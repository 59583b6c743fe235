import { cursorForms, decodeCursor } from '#platform/cursor';

/** Sorts after every id: where a list that goes down from the newest begins. */
export const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
/** Later than any moment that is kept. */
const endOfTime = new Date('9999-12-31T23:59:59.999Z');
/** Sorts before every id: where a list that goes up begins. */
export const firstId = '00000000-0000-0000-0000-000000000000';

/** The id that a page begins below; without a cursor, the newest. @throws invalid_cursor */
export function idBefore(cursor: string | undefined): string {
  return cursor === undefined ? lastId : decodeCursor(cursor, { id: cursorForms.id }).id;
}

/** The id that a page of a list that goes up begins above; without a cursor, the first. @throws invalid_cursor */
export function idAfter(cursor: string | undefined): string {
  return cursor === undefined ? firstId : decodeCursor(cursor, { id: cursorForms.id }).id;
}

/** The place that a page begins below, in a list by time and then id; without a cursor, the newest. @throws invalid_cursor */
export function timeBefore(cursor: string | undefined): { at: Date; id: string } {
  if (cursor === undefined) return { at: endOfTime, id: lastId };
  const { at, id } = decodeCursor(cursor, { at: cursorForms.time, id: cursorForms.id });
  return { at: new Date(at), id };
}

/** What lists of people by time are sorted by. */
export function byTime({ at, accountId }: { at: Date; accountId: string }) {
  return { at: at.toISOString(), id: accountId };
}

/** What lists by id are sorted by. */
export function byId({ id }: { id: string }) {
  return { id };
}

/** Sorts after every id that was made until `moment`. */
export function lastIdAt(moment: Date): string {
  return idAt(moment, lastId);
}

/** Sorts before every id that was made from `moment` on. */
export function firstIdAt(moment: Date): string {
  return idAt(moment, firstId);
}

/** An id begins with the milliseconds in which it was made. */
function idAt(moment: Date, rest: string): string {
  const time = moment.getTime().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}${rest.slice(13)}`;
}
