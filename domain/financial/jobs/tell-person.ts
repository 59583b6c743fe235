import { Problem } from '#platform/problem';
import type { JobContext } from '../context.ts';

type Notice = Parameters<JobContext['social']['putNotice']>[0]['body'];

/** What is told to whom; `actorId` is who did it, where a person did. */
interface Told extends Pick<Notice, 'kind' | 'subject'> {
  personId: string;
  noticeId: string;
  actorId: string | null;
}

/** Tells a person that something happened, and to what: no names, no sums. Social counts a notice once, so this is safe to repeat. */
export async function tellPerson(
  { social }: Pick<JobContext, 'social'>,
  { personId, noticeId, kind, subject, actorId }: Told,
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
