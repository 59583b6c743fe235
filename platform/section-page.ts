/** Lists made of several sections, one after another, that one cursor leads through. */
import { cursorForms, decodeCursor, encodeCursor } from './cursor.ts';

/** Where a page begins: behind the row with this key. `seq` counts where the id alone does not tell rows apart. */
export interface SectionPlace<Section extends string> {
  section: Section;
  id: string;
  seq: string;
}

interface Row {
  id: string;
  seq: number;
}

const beforeAll = { id: '00000000-0000-0000-0000-000000000000', seq: '0' };

/** The place that a cursor names; without one the beginning of the first section. @throws invalid_cursor */
export function sectionPlace<Section extends string>(
  sections: readonly [Section, ...Section[]],
  cursor: string | undefined,
): SectionPlace<Section> {
  if (cursor === undefined) return { section: sections[0], ...beforeAll };
  const isSection = (value: string) => sections.some((section) => section === value);
  const place = decodeCursor(cursor, { section: isSection, id: cursorForms.id, seq: cursorForms.count });
  return { ...place, section: place.section as Section };
}

/** A page of one section out of rows of which one more than `limit` was asked for; behind its last row comes the next section. */
export function sectionPageOf<Section extends string, SectionRow extends Row>(
  sections: readonly Section[],
  section: Section,
  rows: SectionRow[],
  limit: number,
): { section: Section; items: SectionRow[]; nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  if (last) return { section, items, nextCursor: encodeCursor({ section, id: last.id, seq: last.seq }) };
  const next = sections[sections.indexOf(section) + 1];
  return { section, items, nextCursor: next === undefined ? null : encodeCursor({ section: next, ...beforeAll }) };
}
