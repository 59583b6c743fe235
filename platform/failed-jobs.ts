import { cursorForms, decodeCursor } from './cursor.ts';
import { deleteInBatches } from './database.ts';
import { lastingAttempts } from './jobs.ts';
import { pageOf } from './page.ts';
import type { Page, PageRequest } from './page.ts';

interface Reader {
  $queryRawUnsafe<T>(query: string, ...values: unknown[]): Promise<T>;
}

/** The contract's FailedJob, in common.yaml. */
interface FailedJob {
  id: string;
  name: string;
  attempts: number;
  createdAt: string;
  failedAt: string;
}

/** Jobs of few attempts are made good by another job: giving them up is no failure. */
const failed = `attempts >= max_attempts and max_attempts >= ${String(lastingAttempts)} and locked_at is null`;
/** When another job made it good there is nothing to look into; otherwise somebody has a month to find out why, and to run it again. */
const forgotten = `attempts >= max_attempts and locked_at is null
  and run_at < now() - case when max_attempts < ${String(lastingAttempts)} then interval '1 day' else interval '30 days' end`;
const beyondAll = '999999999999999999';

/** How many jobs of a queue, such as `social_jobs`, were tried for the last time: those that `listFailedJobs` lists. */
export async function countFailedJobs(db: Reader, schema: string): Promise<number> {
  const rows = await db.$queryRawUnsafe<{ count: number }[]>(
    `select count(*)::int as count from "${schema}".jobs where ${failed}`,
  );
  return rows[0]?.count ?? 0;
}

/** The jobs of a queue that were tried for the last time, newest first. Their payload and error stay where they are. */
export async function listFailedJobs(
  db: Reader,
  schema: string,
  { limit = 20, cursor }: Partial<PageRequest>,
): Promise<Page<FailedJob>> {
  const before = cursor === undefined ? beyondAll : decodeCursor(cursor, { job: cursorForms.count }).job;
  const rows = await db.$queryRawUnsafe<(Omit<FailedJob, 'createdAt' | 'failedAt'> & Record<'made' | 'ended', Date>)[]>(
    `select id::text, task_identifier as name, attempts::int, created_at as made, updated_at as ended
     from "${schema}".jobs where ${failed} and id < $1::bigint order by jobs.id desc limit $2::int`,
    ...[before, limit + 1],
  );
  const jobs = rows.map(({ made, ended, ...job }) => ({
    ...job,
    createdAt: made.toISOString(),
    failedAt: ended.toISOString(),
  }));
  return pageOf(jobs, limit, ({ id }) => ({ job: id }));
}

/** Deletes what was tried for the last time long enough ago, and the personal data in its payload with it. */
export async function forgetFailedJobs(db: Reader, schema: string): Promise<void> {
  await deleteInBatches(async (limit) => {
    const rows = await db.$queryRawUnsafe<{ count: number }[]>(
      `select count(*)::int as count
       from "${schema}".complete_jobs(array(select id from "${schema}".jobs where ${forgotten} limit $1::int))`,
      limit,
    );
    return rows[0] ?? { count: 0 };
  });
}
