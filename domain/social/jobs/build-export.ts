import type { JobContext } from '../context.ts';
import { writeArchive } from '../services/archive/write-archive.ts';
import type { SocialJobs } from './jobs.ts';

const lifeMs = 86_400_000;

/** Makes an archive from the beginning however often it runs; one that nobody waits for any more is deleted. */
export async function buildExport(
  ctx: Pick<JobContext, 'db' | 'clock' | 'blobs' | 'exports' | 'financial' | 'flagship'>,
  { exportId }: SocialJobs['buildExport'],
): Promise<void> {
  const wanted = await ctx.db.accountExport.findUnique({ where: { id: exportId } });
  if (wanted?.status === 'ready') return;
  const archive = wanted?.status === 'processing' ? await writeArchive(ctx, wanted) : undefined;

  const { count } = await ctx.db.accountExport.updateMany({
    where: { id: exportId, status: 'processing' },
    data: { ...archive, status: 'ready', expiresAt: new Date(ctx.clock.now().getTime() + lifeMs) },
  });
  if (count === 0) await ctx.exports.delete(exportId);
}
