import type { Context } from '../context.ts';
import { firstId } from '../helpers/page.ts';
import { unused } from '../services/unused-media.ts';

const uploadsAtOnce = 500;
const picturesAtOnce = 500;

/** Places that nothing was put in, or that nobody said was complete. */
export async function removeLostUploads({ db, blobs }: Pick<Context, 'db' | 'blobs'>, before: Date): Promise<void> {
  for (;;) {
    const lost = await db.media.findMany({
      where: { status: 'awaiting_upload', createdAt: { lt: before } },
      select: { id: true },
      take: uploadsAtOnce,
    });
    for (const { id } of lost) {
      await blobs.deleteUpload(id);
      await db.media.deleteMany({ where: { id, status: 'awaiting_upload' } });
    }
    if (lost.length < uploadsAtOnce) return;
  }
}

/**
 * Whatever lies in quarantine and is not waited for: the URL is good for some minutes, in which it may have been used once more after
 * the picture was looked at, or even removed. A picture has its row before anybody has the URL.
 */
export async function removeLateUploads({ db, blobs }: Pick<Context, 'db' | 'blobs'>): Promise<void> {
  for await (const uploaded of blobs.listUploads()) {
    const awaited = await db.media.findMany({
      where: { id: { in: uploaded }, status: { in: ['awaiting_upload', 'processing'] } },
      select: { id: true },
    });
    const late = uploaded.filter((mediaId) => !awaited.some(({ id }) => id === mediaId));
    for (const mediaId of late) await blobs.deleteUpload(mediaId);
  }
}

/** Pictures whose author did nothing with them for a day, or whose draft is gone: jobs remove them, and look again before. */
export async function removeUnused({ db, queue }: Pick<Context, 'db' | 'queue'>, before: Date): Promise<void> {
  for (let after = firstId; ;) {
    const pictures = await db.$queryRaw<{ id: string; isUnused: boolean }[]>`
      SELECT m.id, m.status IN ('ready', 'rejected') AND m.created_at < ${before} AND ${unused} AS "isUnused"
      FROM (SELECT * FROM media WHERE id > ${after}::uuid ORDER BY id LIMIT ${picturesAtOnce}) m
      ORDER BY m.id`;
    const last = pictures.at(-1);
    if (!last) return;
    const mediaIds = pictures.filter(({ isUnused }) => isUnused).map(({ id }) => id);
    if (mediaIds.length > 0) await queue.add(db, 'removeMedia', { mediaIds });
    after = last.id;
  }
}
