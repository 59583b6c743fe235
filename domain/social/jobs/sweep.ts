import { deleteInBatches } from '#platform/database';
import { forgetFailedJobs } from '#platform/failed-jobs';
import { runAll } from '#platform/run-all';
import type { Context } from '../context.ts';
import { firstId, firstIdAt } from '../helpers/page.ts';
import { removeLateUploads, removeLostUploads, removeUnused } from './sweep-media.ts';

const dayMs = 86_400_000;
const groupsAtOnce = 1_000;

type SweepContext = Pick<Context, 'db' | 'clock' | 'blobs' | 'queue'>;
/** The moment that lies so many days back. */
type DaysAgo = (days: number) => Date;

/**
 * Forgets what has outlived its use: sessions, used tokens, counted tries, codes, kept answers, published drafts, signed-out devices, told
 * notices, old notifications, lost and late uploads, pictures that nothing came of, old feeds, jobs that were given up.
 */
export async function sweep(ctx: SweepContext): Promise<void> {
  const now = ctx.clock.now();
  const daysAgo: DaysAgo = (days) => new Date(now.getTime() - days * dayMs);
  const rows = rowsToForget(ctx, now, daysAgo).map((deleteSome) => () => deleteInBatches(deleteSome));
  await runAll([
    ...rows,
    () => forgetEmptyGroups(ctx, daysAgo),
    () => removeLostUploads(ctx, daysAgo(1)),
    () => removeLateUploads(ctx),
    () => removeUnused(ctx, daysAgo(1)),
    () => ctx.queue.add(ctx.db, 'trimTimelines', { after: firstId }, { key: 'trimTimelines' }),
    () => forgetFailedJobs(ctx.db, 'social_jobs'),
  ]);
}

/** Each is found by an index, however much there is of what stays. */
function rowsToForget(
  { db }: SweepContext,
  now: Date,
  daysAgo: DaysAgo,
): ((limit: number) => Promise<{ count: number }>)[] {
  const deadSession = { OR: [{ endedAt: { lt: daysAgo(30) } }, { expiresAt: { lt: daysAgo(30) } }] };
  // A missed night or two are made up for; later than that, a device goes with its session.
  const signedOut = { OR: [{ endedAt: { gte: daysAgo(9) } }, { expiresAt: { gte: daysAgo(9), lte: now } }] };
  const published = { publishedAsId: { not: null }, updatedAt: { lt: daysAgo(8) } };
  return [
    // Before their sessions, each of which would take all of its own with it at once.
    (limit) => db.refreshToken.deleteMany({ where: { usedAt: { lt: daysAgo(30) } }, limit }),
    (limit) => db.session.deleteMany({ where: deadSession, limit }),
    (limit) => db.device.deleteMany({ where: { session: signedOut }, limit }),
    (limit) => db.limitWindow.deleteMany({ where: { endsAt: { lt: now } }, limit }),
    (limit) => db.emailCode.deleteMany({ where: { expiresAt: { lt: now } }, limit }),
    // A key is promised for 7 days, and so is a draft's.
    (limit) => db.idempotency.deleteMany({ where: { createdAt: { lt: daysAgo(8) } }, limit }),
    (limit) => db.draft.deleteMany({ where: published, limit }),
    // Longer than any service goes on telling.
    (limit) => db.notice.deleteMany({ where: { toldAt: { lt: daysAgo(30) } }, limit }),
    (limit) => db.notification.deleteMany({ where: { id: { lt: firstIdAt(daysAgo(365)) } }, limit }),
    // All that came to it came on its day.
    (limit) => db.notificationGroup.deleteMany({ where: { id: { lt: firstIdAt(daysAgo(366)) } }, limit }),
  ];
}

/** Nothing comes to a group when its day is over, so an empty one stays empty. What is taken back after a week is rare. */
async function forgetEmptyGroups({ db }: SweepContext, daysAgo: DaysAgo): Promise<void> {
  const before = firstIdAt(daysAgo(2));
  for (let after = firstIdAt(daysAgo(9)); ;) {
    const groups = await db.notificationGroup.findMany({
      where: { id: { gt: after, lt: before } },
      orderBy: { id: 'asc' },
      select: { id: true },
      take: groupsAtOnce,
    });
    const last = groups.at(-1);
    if (!last) return;
    await db.$executeRaw`
      DELETE FROM notification_group g
      WHERE g.id = ANY (${groups.map(({ id }) => id)}::uuid[])
        AND NOT EXISTS (SELECT FROM notification n WHERE n.group_id = g.id)`;
    after = last.id;
  }
}
