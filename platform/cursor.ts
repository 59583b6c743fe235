/** Cursors: where a page ended, as an opaque word that holds the keyset of its last item. */
import { Problem } from './problem.ts';

/** Whether a member of a cursor has its form. */
type Form = (value: string) => boolean;

/** The forms of what lists are sorted by, as PostgreSQL can take them. */
export const cursorForms = {
  text: (value: string) => !value.includes('\0'),
  id: (value: string) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(value),
  /** RFC 3339. */
  time: (value: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:[\d.]+(Z|[+-]\d\d:\d\d)$/.test(value) && isDate(value),
  /** `YYYY-MM-DD`. */
  day: (value: string) => /^\d{4}-\d\d-\d\d$/.test(value) && isDate(value),
  count: (value: string) => /^\d{1,18}$/.test(value),
} satisfies Record<string, Form>;

/** Makes the cursor of a keyset. */
export function encodeCursor(keyset: Record<string, string | number>): string {
  return Buffer.from(JSON.stringify(keyset)).toString('base64url');
}

/**
 * The keyset of a cursor. `forms` says which members it must have, and how they look; all of them are given as text.
 * @throws invalid_cursor for anything that `encodeCursor` did not make for this list.
 */
export function decodeCursor<Name extends string>(cursor: string, forms: Record<Name, Form>): Record<Name, string> {
  try {
    const keyset = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Record<string, unknown>;
    const entries = Object.entries<Form>(forms).map(([name, isGood]) => {
      const value = keyset[name];
      if ((typeof value !== 'string' && typeof value !== 'number') || !isGood(String(value))) throw new TypeError(name);
      return [name, String(value)];
    });
    if (Object.keys(keyset).length !== entries.length) throw new TypeError('members');
    return Object.fromEntries(entries) as Record<Name, string>;
  } catch (cause) {
    throw new Problem('invalid_cursor', undefined, {
      cause,
      errors: [{ parameter: 'cursor', message: 'is not a cursor of this list' }],
    });
  }
}

function isDate(value: string): boolean {
  return !Number.isNaN(Date.parse(value));
}
