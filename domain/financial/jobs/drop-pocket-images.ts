import type { JobContext } from '../context.ts';
import type { FinancialJobs } from './jobs.ts';

/** Lets social keep a person's pictures for a pocket no longer. Safe to repeat. */
export async function dropPocketImages(
  { db, social }: Pick<JobContext, 'db' | 'social'>,
  { personId, pocketId }: FinancialJobs['dropPocketImages'],
): Promise<void> {
  const pocket = await db.pocket.findUnique({ where: { id: pocketId }, select: { imageBy: true } });
  // The pocket was given back and shows another picture of theirs: the next change of that one lets the earlier ones go.
  if (pocket?.imageBy === personId) return;
  await social.dropPocketImages({ caller: { userId: personId }, path: { pocketId } });
}
