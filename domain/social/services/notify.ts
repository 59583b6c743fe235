import { newId } from '#platform/ids';
import type { NotificationKind, NotificationSubject } from '#prisma/social';
import type { Context, Tx } from '../context.ts';

interface Cause {
  accountId: string;
  kind: NotificationKind;
  /** Who did it, where somebody did. */
  actorId?: string;
  /** The post that was reacted to or reposted; the reply, the mention or the quote itself. */
  postId?: string;
  /** What it is about, where that is no post. */
  subject?: { type: NotificationSubject; id: string };
}

type NotifyContext = Pick<Context, 'clock' | 'queue'>;

/** Tells a person what happened, in the transaction in which it did. */
export async function notify(tx: Tx, ctx: NotifyContext, cause: Cause): Promise<void> {
  await notifyAll(tx, ctx, [cause]);
}

/**
 * Tells several people at once, and adds the job that pushes it to the devices of those who want that. Nobody is told of
 * themselves, nor of people and posts that they cannot see or do not want to hear of.
 */
export async function notifyAll(tx: Tx, ctx: NotifyContext, causes: Cause[]): Promise<void> {
  const now = ctx.clock.now();
  const others = causes.filter(({ accountId, actorId }) => accountId !== actorId);
  if (others.length === 0) return;
  const pushed = await writeNotifications(tx, others, now);
  const jobs = pushed.map(({ accountId }) => ({ payload: { accountId }, key: `push:${accountId}` }));
  await ctx.queue.addAll(tx, 'push', jobs, { maxAttempts: 5 });
}

/** What was taken back is no longer told. */
export async function forgetNotification(
  tx: Tx,
  { kind, ...cause }: { accountId: string; kind: NotificationKind[]; actorId: string; postId?: string },
): Promise<void> {
  await tx.notification.deleteMany({ where: { ...cause, kind: { in: kind } } });
}

/**
 * Writes what each person is to hear; a stranger's by the person's policy. Gives those who have a device that it is to be
 * pushed to. In the order of their ids, so that two batches meet the groups of the same people in the same order.
 */
async function writeNotifications(tx: Tx, causes: Cause[], now: Date): Promise<{ accountId: string }[]> {
  const rows = causes.map(({ subject, ...cause }) => ({
    ...cause,
    id: newId(now),
    subjectType: subject?.type,
    subjectId: subject?.id,
  }));
  return tx.$queryRaw`/* writeNotifications */
    WITH told AS (
      SELECT c.*, s.stranger AND (c.kind = 'pocket_invitation' OR p.strangers = 'requests') IS TRUE AS request, p.push_off
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS c(
        "id" uuid, "accountId" uuid, "kind" notification_kind, "actorId" uuid, "postId" uuid,
        "subjectType" notification_subject, "subjectId" uuid
      )
      JOIN account a ON a.id = c."accountId"
      LEFT JOIN notification_policy p ON p.account_id = a.id
      CROSS JOIN LATERAL (
        SELECT c."actorId" IS NOT NULL
          AND NOT EXISTS (
            SELECT FROM follow f
            WHERE f.follower_id = a.id AND f.followee_id = c."actorId" AND f.state = 'following'
          )
          AND NOT EXISTS (SELECT FROM accepted_stranger e WHERE e.account_id = a.id AND e.stranger_id = c."actorId")
          AS stranger
      ) s
      WHERE (c."actorId" IS NULL OR EXISTS (SELECT FROM heard_people(a.id, ${now}) h WHERE h.account_id = c."actorId"))
        AND (
          c."postId" IS NULL OR c.kind = 'moderation'
          OR EXISTS (SELECT FROM heard_posts(a.id, ${now}) h WHERE h.id = c."postId")
        )
        AND (NOT s.stranger OR c.kind = 'pocket_invitation' OR p.strangers IS DISTINCT FROM 'none')
      ORDER BY a.id
    ), written AS (
      INSERT INTO notification (id, account_id, kind, actor_id, post_id, subject_type, subject_id, request, created_at)
      SELECT t.id, t."accountId", t.kind, t."actorId", t."postId", t."subjectType", t."subjectId", t.request, ${now} FROM told t
    )
    SELECT DISTINCT t."accountId"
    FROM told t
    WHERE NOT t.request
      AND (t.push_off IS NULL OR t.kind <> ALL (t.push_off))
      AND EXISTS (
        SELECT FROM device d JOIN session s ON s.id = d.session_id
        WHERE d.account_id = t."accountId" AND s.ended_at IS NULL AND s.expires_at > ${now}
      )`;
}
