import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import { unused } from '../services/unused-media.ts';
import type { SocialJobs } from './jobs.ts';

/**
 * Removes pictures that nothing shows any more and no draft is going to: rows first, then the blobs of whatever has no row. Run
 * again after a crash it takes up where it was.
 */
export async function removeMedia(
  { db, blobs }: Pick<Context, 'db' | 'blobs'>,
  { mediaIds }: SocialJobs['removeMedia'],
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await tx.$queryRaw`SELECT id FROM media WHERE id = ANY (${mediaIds}::uuid[]) ORDER BY id FOR UPDATE`;
    // A statement of its own: it begins when whoever held one of them is done, and sees what they made of it.
    await tx.$executeRaw`DELETE FROM media m WHERE m.id = ANY (${mediaIds}::uuid[]) AND ${unused}`;
  });
  const kept = await db.media.findMany({ where: { id: { in: mediaIds } }, select: { id: true } });
  const gone = mediaIds.filter((mediaId) => !kept.some(({ id }) => id === mediaId));
  for (const mediaId of gone) await blobs.unpublish(mediaId);
}
