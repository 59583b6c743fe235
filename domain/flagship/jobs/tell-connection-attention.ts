import { Problem } from '#platform/problem';
import type { JobContext } from '../context.ts';
import type { FlagshipJobs } from './jobs.ts';

/** Tells the person that a link needs them: only that, and which one. Social counts a notice once, so this is safe to repeat. */
export async function tellConnectionAttention(
  { db, social }: Pick<JobContext, 'db' | 'social'>,
  { connectionId, noticeId }: FlagshipJobs['tellConnectionAttention'],
): Promise<void> {
  const connection = await db.connection.findUnique({ where: { id: connectionId }, select: { userId: true } });
  if (!connection) return;
  try {
    await social.putNotice({
      caller: { service: true },
      path: { userId: connection.userId, noticeId },
      body: { kind: 'connection_attention', subject: { type: 'connection', id: connectionId } },
    });
  } catch (error) {
    // Nobody is there to be told any more: the account was deleted.
    if (!(error instanceof Problem && error.code === 'not_found')) throw error;
  }
}
