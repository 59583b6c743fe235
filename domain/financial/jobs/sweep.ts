import { deleteInBatches } from '#platform/database';
import { forgetFailedJobs } from '#platform/failed-jobs';
import { runAll } from '#platform/run-all';
import type { Context } from '../context.ts';

/** Forgets kept answers that nobody repeats a request for any more, and jobs that were given up. */
export async function sweep({ db }: Pick<Context, 'db'>): Promise<void> {
  await runAll([() => forgetReplies(db), () => forgetFailedJobs(db, 'financial_jobs')]);
}

async function forgetReplies(db: Context['db']): Promise<void> {
  await deleteInBatches(async (limit) => {
    const rows = await db.$queryRaw<{ count: bigint }[]>`/* sweep */ select forget_replies(${limit}::int) as count`;
    return { count: Number(rows[0]?.count ?? 0) };
  });
}
