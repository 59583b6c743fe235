import { deleteInBatches } from '#platform/database';
import type { Context } from '../context.ts';
import { firstId } from '../helpers/page.ts';
import { unused } from '../services/unused-media.ts';

const dayMs = 86_400_000;
const uploadsAtOnce = 500;
const picturesAtOnce = 500;

/**
 * Forgets what has outlived its use: sessions, used tokens, counted tries, codes, kept answers, published drafts, signed-out devices, told
 * notices, lost and late uploads, pictures that nothing came of, old feeds.
 */
export async function sweep(ctx: Pick<Context, 'db' | 'clock' | 'blobs' | 'queue'>): Promise<void> {
  const now = ctx.clock.now();
  const daysAgo = (days: number) => new Date(now.getTime() - days * dayMs);
  const { db } = ctx;

  const deadSession = { OR: [{ endedAt: { lt: daysAgo(30) } }, { expiresAt: { lt: daysAgo(30) } }] };
  await deleteInBatches((limit) => db.session.deleteMany({ where: deadSession, limit }));
  await deleteInBatches((limit) => db.refreshToken.deleteMany({ where: { usedAt: { lt: daysAgo(30) } }, limit }));
  await deleteInBatches((limit) => db.limitWindow.deleteMany({ where: { endsAt: { lt: now } }, limit }));
  await deleteInBatches((limit) => db.emailCode.deleteMany({ where: { expiresAt: { lt: now } }, limit }));
  // A key is promised for 7 days, and so is a draft's.
  await deleteInBatches((limit) => db.idempotency.deleteMany({ where: { createdAt: { lt: daysAgo(8) } }, limit }));
  const published = { publishedAsId: { not: null }, updatedAt: { lt: daysAgo(8) } };
  await deleteInBatches((limit) => db.draft.deleteMany({ where: published, limit }));

  const signedOut = { session: { OR: [{ endedAt: { not: null } }, { expiresAt: { lte: now } }] } };
  await deleteInBatches((limit) => db.device.deleteMany({ where: signedOut, limit }));
  // Longer than any service goes on telling.
  await deleteInBatches((limit) => db.notice.deleteMany({ where: { toldAt: { lt: daysAgo(30) } }, limit }));
  // Nothing comes to a group when its day is over, so an empty one stays empty. What is taken back after a week is rare.
  const empty = { day: { gte: daysAgo(9), lte: daysAgo(2) }, notifications: { none: {} } };
  await deleteInBatches((limit) => db.notificationGroup.deleteMany({ where: empty, limit }));

  await removeLostUploads(ctx, daysAgo(1));
  await removeLateUploads(ctx);
  await removeUnused(ctx, daysAgo(1));
  await ctx.queue.add(db, 'trimTimelines', { after: firstId }, { key: 'trimTimelines' });
}

async function removeLostUploads({ db, blobs }: Pick<Context, 'db' | 'blobs'>, before: Date): Promise<void> {
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

/** What was uploaded once more after the picture was looked at: the URL is good for some minutes, and nobody waits for that. */
async function removeLateUploads({ db, blobs }: Pick<Context, 'db' | 'blobs'>): Promise<void> {
  for await (const uploaded of blobs.listUploads()) {
    const late = await db.media.findMany({
      where: { id: { in: uploaded }, status: { in: ['ready', 'rejected'] } },
      select: { id: true },
    });
    for (const { id } of late) await blobs.deleteUpload(id);
  }
}

/** Pictures whose author did nothing with them for a day, or whose draft is gone: jobs remove them, and look again before. */
async function removeUnused({ db, queue }: Pick<Context, 'db' | 'queue'>, before: Date): Promise<void> {
  for (let after = firstId; ;) {
    const found = await db.$queryRaw<{ id: string }[]>`
      SELECT m.id FROM media m
      WHERE m.id > ${after}::uuid AND m.status IN ('ready', 'rejected') AND m.created_at < ${before} AND ${unused}
      ORDER BY m.id
      LIMIT ${picturesAtOnce}`;
    const last = found.at(-1);
    if (!last) return;
    await queue.add(db, 'removeMedia', { mediaIds: found.map(({ id }) => id) });
    after = last.id;
  }
}
