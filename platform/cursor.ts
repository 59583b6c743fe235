import { Problem } from './problem.ts';

/** Where a page ended, as an opaque word: the keyset of its last item. */
export function encodeCursor(keyset: Record<string, string | number>): string {
  return Buffer.from(JSON.stringify(keyset)).toString('base64url');
}

/**
 * The keyset of a cursor. `names` are the members it must have, all of them text or numbers.
 * @throws invalid_cursor for anything that `encodeCursor` did not make for this list.
 */
export function decodeCursor<Name extends string>(cursor: string, ...names: Name[]): Record<Name, string> {
  try {
    const keyset = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Record<string, unknown>;
    const entries = names.map((name) => {
      const value = keyset[name];
      if ((typeof value !== 'string' && typeof value !== 'number') || String(value).includes('\0'))
        throw new TypeError(name);
      return [name, String(value)];
    });
    if (Object.keys(keyset).length !== names.length) throw new TypeError('members');
    return Object.fromEntries(entries) as Record<Name, string>;
  } catch (cause) {
    throw new Problem('invalid_cursor', undefined, {
      cause,
      errors: [{ parameter: 'cursor', message: 'is not a cursor of this list' }],
    });
  }
}
