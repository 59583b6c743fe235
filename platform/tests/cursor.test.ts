import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cursorForms, decodeCursor, encodeCursor } from '../cursor.ts';
import { assertIfMatch, versionTag } from '../etag.ts';
import { newId } from '../ids.ts';

test('a cursor gives back the keyset that it was made from', () => {
  fc.assert(
    fc.property(
      fc.string().filter((id) => !id.includes('\0')),
      fc.integer(),
      (id, rank) => {
        const forms = { id: cursorForms.text, rank: cursorForms.text };
        expect(decodeCursor(encodeCursor({ id, rank }), forms)).toEqual({ id, rank: String(rank) });
      },
    ),
  );
});

test.each([
  ['garbage', '%%%'],
  ['other members', encodeCursor({ other: 'x' })],
  ['more members', encodeCursor({ id: 'x', more: 'y' })],
  ['a member of another type', Buffer.from('{"id":{}}').toString('base64url')],
  ['null', Buffer.from('null').toString('base64url')],
])('refuses a cursor with %s', (_what, cursor) => {
  expect(() => decodeCursor(cursor, { id: cursorForms.text })).toThrow('The cursor is not one of ours');
});

test.each([
  ['id', 'not-an-id'],
  ['time', '2026-13-01T00:00:00Z'],
  ['time', 'infinity'],
  ['day', '2026-11-22T00:00:00Z'],
  ['count', '-1'],
] as const)('refuses a cursor whose %s is %s', (form, value) => {
  const cursor = encodeCursor({ key: value });

  expect(() => decodeCursor(cursor, { key: cursorForms[form] })).toThrow('The cursor is not one of ours');
});

test('a version tag is for one person, and guards one version', () => {
  const tag = versionTag(7, 'ada');

  expect(versionTag(7, 'bob')).not.toBe(tag);
  expect(() => { assertIfMatch(`"x", ${tag}`, 7, 'ada'); }).not.toThrow(); // prettier-ignore
  expect(() => { assertIfMatch(tag, 8, 'ada'); }).toThrow('It has changed'); // prettier-ignore
  expect(() => { assertIfMatch(tag, 7, 'bob'); }).toThrow('It has changed'); // prettier-ignore
});

test('ids sort by the time they were made', () => {
  const earlier = newId(new Date('2026-01-01'));
  const later = newId(new Date('2026-01-02'));

  expect(earlier < later).toBe(true);
  expect(earlier).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});
