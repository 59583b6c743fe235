import { Problem } from '#platform/problem';
import type { JobContext } from '../context.ts';
import type { FinancialJobs } from './jobs.ts';

/** Tells a person that something happened, and to what: no names, no sums. Social counts a notice once, so this is safe to repeat. */
export async function tellPerson(
  { social }: Pick<JobContext, 'social'>,
  { personId, noticeId, kind, subject, actorId }: FinancialJobs['tellPerson'],
): Promise<void> {
  try {
    await social.putNotice({
      caller: { service: true },
      path: { userId: personId, noticeId },
      body: { kind, subject, ...(actorId !== null && { actorId }) },
    });
  } catch (error) {
    // Nobody is there to be told any more: the account was deleted.
    if (!(error instanceof Problem && error.code === 'not_found')) throw error;
  }
}
