import { countFailedJobs } from '#platform/failed-jobs';
import type { Context } from '../context.ts';

interface Figures {
  people: number;
  activePeople: number;
  suspendedPeople: number;
  newPeople: number;
  openAppeals: number;
  failedJobs: number;
  asOf: string;
}

/** What staff see of social in numbers, each counted as its list counts. */
export async function getStaffFigures({ db, clock }: Pick<Context, 'db' | 'clock'>, newFrom: Date): Promise<Figures> {
  const now = clock.now();
  const [people, openAppeals, failedJobs] = await Promise.all([
    countPeople({ db }, { newFrom, now }),
    db.appeal.count({ where: { outcome: null } }),
    countFailedJobs(db, 'social_jobs'),
  ]);
  return { ...people, openAppeals, failedJobs, asOf: now.toISOString() };
}

type PeopleFigures = Pick<Figures, 'people' | 'activePeople' | 'suspendedPeople' | 'newPeople'>;

async function countPeople(
  { db }: Pick<Context, 'db'>,
  { newFrom, now }: { newFrom: Date; now: Date },
): Promise<PeopleFigures> {
  const rows = await db.$queryRaw<Omit<PeopleFigures, 'activePeople'>[]>`
    SELECT count(*)::int AS people,
      count(*) FILTER (WHERE a.suspended_at IS NOT NULL AND (a.suspended_until IS NULL OR a.suspended_until > ${now}))::int
        AS "suspendedPeople",
      count(*) FILTER (WHERE a.created_at >= ${newFrom})::int AS "newPeople"
    FROM account a
    JOIN profile p ON p.account_id = a.id`;
  const { people, suspendedPeople, newPeople } = rows[0] ?? { people: 0, suspendedPeople: 0, newPeople: 0 };
  return { people, activePeople: people - suspendedPeople, suspendedPeople, newPeople };
}
