import type { Caller } from '#platform/caller';
import type { Context } from '../context.ts';
import { limits, limitSubject } from './limits.ts';

export interface PrivacyCounts {
  followRequests: number;
  blocks: number;
  mutes: number;
  mutedWords: number;
  circles: number;
}

/** How many people and words a person keeps away, how many wait at their door, and their circles: as many as their lists show. */
export async function countPrivacy(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  { userId }: Caller,
): Promise<PrivacyCounts> {
  const now = clock.now();
  const [counts] = await db.$queryRaw<[PrivacyCounts]>`
    SELECT
      (
        SELECT count(*)::int FROM follow f JOIN visible_people(${userId}::uuid) p ON p.account_id = f.follower_id
        WHERE f.followee_id = ${userId}::uuid AND f.state = 'requested'
      ) AS "followRequests",
      (
        SELECT count(*)::int FROM block b
        WHERE b.blocker_id = ${userId}::uuid
          AND NOT EXISTS (SELECT FROM account_closure c WHERE c.account_id = b.blocked_id)
      ) AS blocks,
      (
        SELECT count(*)::int FROM mute m JOIN visible_people(${userId}::uuid) p ON p.account_id = m.muted_id
        WHERE m.muter_id = ${userId}::uuid AND (m.expires_at IS NULL OR m.expires_at > ${now})
      ) AS mutes,
      (
        SELECT count(*)::int FROM muted_word w
        WHERE w.account_id = ${userId}::uuid AND (w.expires_at IS NULL OR w.expires_at > ${now})
      ) AS "mutedWords",
      (SELECT count(*)::int FROM circle c WHERE c.owner_id = ${userId}::uuid) AS circles`;
  return counts;
}

/** The limits of a person, with what of each is used in the running window. */
export async function listRates({ db, clock }: Pick<Context, 'db' | 'clock'>, { userId }: Caller) {
  const subjects = Object.values(limits).map((limit) => ({ limit, subject: limitSubject(limit.name, userId) }));
  const windows = await db.limitWindow.findMany({
    where: { subject: { in: subjects.map(({ subject }) => subject) }, endsAt: { gt: clock.now() } },
  });
  const used = new Map(windows.map((window) => [window.subject, window.used]));
  return subjects.map(({ limit, subject }) => ({ ...limit, used: used.get(subject) ?? 0 }));
}
