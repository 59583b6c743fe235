import { expect, test } from '@jest/globals';
import { encodeCursor } from '../cursor.ts';
import { sectionPageOf, sectionPlace } from '../section-page.ts';

const sections = ['apples', 'nothing', 'pears'] as const;
const rowsOf = (section: string) =>
  section === 'nothing'
    ? []
    : Array.from({ length: 5 }, (_, index) => ({
        id: `00000000-0000-0000-0000-00000000000${String(Math.floor(index / 2) + 1)}`,
        seq: (index % 2) + 1,
        name: `${section} ${String(index)}`,
      }));

/** What a database would answer for rows behind a place. */
function read({ section, id, seq }: ReturnType<typeof sectionPlace<(typeof sections)[number]>>, limit: number) {
  const rows = rowsOf(section).filter((row) => row.id > id || (row.id === id && row.seq > Number(seq)));
  return sectionPageOf(sections, section, rows.slice(0, limit + 1), limit);
}

test.each([1, 2, 3, 5, 6, 100])('one cursor leads through every row of every section once, %i at a time', (limit) => {
  const names: string[] = [];
  const seen: string[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = read(sectionPlace(sections, cursor), limit);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    if (seen.at(-1) !== page.section) seen.push(page.section);
    names.push(...page.items.map(({ name }) => name));
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }

  expect(seen).toEqual(sections);
  expect(names).toEqual([...rowsOf('apples'), ...rowsOf('pears')].map(({ name }) => name));
});

test('refuses a cursor of another list', () => {
  const id = '00000000-0000-0000-0000-000000000001';

  expect(sectionPlace(sections, encodeCursor({ section: 'pears', id, seq: 2 }))).toEqual({
    section: 'pears',
    id,
    seq: '2',
  });
  for (const cursor of [encodeCursor({ section: 'plums', id, seq: 2 }), encodeCursor({ id }), 'x']) {
    expect(() => sectionPlace(sections, cursor)).toThrow('The cursor is not one of ours');
  }
});
