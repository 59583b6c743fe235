import type { Context } from '../context.ts';

const dayMs = 86_400_000;
const uploadsAtOnce = 500;

/** Forgets what has outlived its use: sessions, used tokens, counted tries, kept answers, uploads never completed. */
export async function sweep(ctx: Pick<Context, 'db' | 'clock' | 'blobs'>): Promise<void> {
  const now = ctx.clock.now();
  const daysAgo = (days: number) => new Date(now.getTime() - days * dayMs);
  const { db, blobs } = ctx;

  await db.session.deleteMany({
    where: { OR: [{ endedAt: { lt: daysAgo(30) } }, { expiresAt: { lt: daysAgo(30) } }] },
  });
  await db.refreshToken.deleteMany({ where: { usedAt: { lt: daysAgo(30) } } });
  await db.passwordAttempt.deleteMany({ where: { windowEndsAt: { lt: now } } });
  // A key is promised for 7 days.
  await db.idempotency.deleteMany({ where: { createdAt: { lt: daysAgo(8) } } });

  const abandoned = await db.media.findMany({
    where: { status: 'awaiting_upload', createdAt: { lt: daysAgo(1) } },
    select: { id: true },
    take: uploadsAtOnce,
  });
  for (const { id } of abandoned) {
    await blobs.deleteUpload(id);
    await db.media.deleteMany({ where: { id, status: 'awaiting_upload' } });
  }
}
