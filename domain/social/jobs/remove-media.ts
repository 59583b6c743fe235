import type { Context } from '../context.ts';
import { unused } from '../services/unused-media.ts';
import type { SocialJobs } from './jobs.ts';

/**
 * Removes pictures that nothing shows any more and no draft is going to: rows first, in the statement that finds them unused,
 * then the blobs of whatever has no row. Run again after a crash it takes up where it was.
 */
export async function removeMedia(
  { db, blobs }: Pick<Context, 'db' | 'blobs'>,
  { mediaIds }: SocialJobs['removeMedia'],
): Promise<void> {
  await db.$executeRaw`DELETE FROM media m WHERE m.id = ANY(${mediaIds}::uuid[]) AND ${unused}`;
  const kept = await db.media.findMany({ where: { id: { in: mediaIds } }, select: { id: true } });
  const gone = mediaIds.filter((mediaId) => !kept.some(({ id }) => id === mediaId));
  for (const mediaId of gone) await blobs.unpublish(mediaId);
}
