import { createHash } from 'node:crypto';
import type { Context } from '../context.ts';
import { announcementNotFound } from '../errors.ts';
import { listAppVersions } from './app-versions.ts';
import { listFeatureFlags } from './feature-flags.ts';

const announcementsAtMost = 50;
const aheadMs = 24 * 3_600_000;

/** What phones are told, and will be within the next day. */
export async function getAppState(ctx: Pick<Context, 'db' | 'clock'>) {
  const [flags, versions, announcements] = await Promise.all([
    listFeatureFlags(ctx),
    listAppVersions(ctx),
    listComingAnnouncements(ctx),
  ]);
  return { flags, versions, announcements };
}

/** Which of the announcements of now and the next day a person has dismissed. */
export async function listDismissals(ctx: Pick<Context, 'db' | 'clock'>, userId: string): Promise<string[]> {
  const coming = await listComingAnnouncements(ctx);
  const rows = await ctx.db.announcementDismissal.findMany({
    where: { OR: coming.map(({ id }) => ({ announcementId: id, personHash: personHash(id, userId) })) },
    select: { announcementId: true },
  });
  return rows.map(({ announcementId }) => announcementId);
}

/** Keeps that a person wants to see an announcement no more. @throws not_found */
export async function putDismissal(
  { db }: Pick<Context, 'db'>,
  { userId, announcementId }: { userId: string; announcementId: string },
): Promise<void> {
  // One statement: whoever takes the announcement back at this moment leaves nothing behind, and meets no error.
  const kept = await db.$queryRaw<unknown[]>`
    WITH told AS (SELECT id FROM announcement WHERE id = ${announcementId}::uuid FOR KEY SHARE), made AS (
      INSERT INTO announcement_dismissal (announcement_id, person_hash)
      SELECT id, ${personHash(announcementId, userId)} FROM told ON CONFLICT DO NOTHING)
    SELECT id FROM told`;
  if (kept.length === 0) throw announcementNotFound();
}

async function listComingAnnouncements({ db, clock }: Pick<Context, 'db' | 'clock'>) {
  const now = clock.now();
  const ahead = new Date(now.getTime() + aheadMs);
  return db.announcement.findMany({
    where: { startsAt: { lte: ahead }, OR: [{ endsAt: null }, { endsAt: { gt: now } }] },
    orderBy: [{ startsAt: 'desc' }, { id: 'desc' }],
    take: announcementsAtMost,
  });
}

function personHash(announcementId: string, userId: string): string {
  return createHash('sha256').update(`${announcementId} ${userId}`).digest('base64url');
}
