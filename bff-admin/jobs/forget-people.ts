import type { Context } from '../context.ts';

const atOnce = 100;

/** Forgets what staff noted about people who have been erased: those whom social does not know any more. */
export async function forgetPeople({ db, social }: Pick<Context, 'db' | 'social'>): Promise<void> {
  for (let after: string | null = null; ;) {
    const ids = await noted(db, after);
    if (ids.length === 0) return;
    const { body } = await social.listProfiles({ caller: { service: true }, query: { ids } });
    const known = new Set(body.items.map(({ id }) => id));
    const erased = ids.filter((id) => !known.has(id));
    if (erased.length > 0) await db.$executeRaw`SELECT forget_people(${erased}::uuid[])`;
    after = ids.at(-1) ?? null;
  }
}

/** Of whom there is something to forget, in the order of their ids. */
async function noted(db: Context['db'], after: string | null): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT id::text FROM (
      SELECT user_id AS id FROM user_note
      UNION SELECT user_id FROM muted_reporter
      UNION SELECT own.subject_owner_id FROM report_case own
        WHERE EXISTS (SELECT FROM case_event WHERE case_id = own.id AND kind = 'noted')
    ) person
    WHERE ${after}::uuid IS NULL OR id > ${after}::uuid ORDER BY id LIMIT ${atOnce}`;
  return rows.map(({ id }) => id);
}
