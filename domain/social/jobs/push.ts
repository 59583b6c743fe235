import type { Platform } from '#prisma/social';
import type { JobContext } from '../context.ts';
import { livingSession } from '../services/devices.ts';
import type { SocialJobs } from './jobs.ts';

/** How long a device is left alone after a push: what comes in between is told by one more. */
const pauseMs = 30_000;
const checkAfterMs = 60_000;

type PushContext = Pick<JobContext, 'db' | 'clock' | 'queue' | 'log' | 'push'>;
interface ClaimedDevice {
  id: string;
  platform: Platform;
  pushToken: string;
  tokenHash: Uint8Array;
}

/**
 * Pushes the newest thing that a person has not read to each of their devices that does not know of it. Asked for the devices
 * whose sessions live now, so that nothing goes to one that has signed out since.
 */
export async function push(ctx: PushContext, { accountId }: SocialJobs['push']): Promise<void> {
  const notificationId = await findNewest(ctx, accountId);
  if (notificationId === undefined) return;
  const claimed = await claimDevices(ctx, { accountId, notificationId });
  const pushes = await Promise.allSettled(claimed.map((device) => pushTo(ctx, { accountId, notificationId, device })));
  await comeBackForOthers(ctx, { accountId, notificationId });
  const failure = pushes.find((result) => result.status === 'rejected');
  if (failure) throw new Error('a push was not taken', { cause: failure.reason });
}

/** The newest unread notification that is worth a push. */
async function findNewest(ctx: PushContext, accountId: string): Promise<string | undefined> {
  const [newest] = await ctx.db.$queryRaw<{ id: string }[]>`/* findNewest */
    SELECT n.id
    FROM heard_notifications(${accountId}::uuid, ${ctx.clock.now()}) n
    LEFT JOIN marker m ON m.account_id = n.account_id AND m.timeline = 'notifications'
    LEFT JOIN notification_policy p ON p.account_id = n.account_id
    WHERE NOT n.request AND (m.last_read_id IS NULL OR n.id > m.last_read_id)
      AND (p.push_off IS NULL OR n.kind <> ALL (p.push_off))
    ORDER BY n.id DESC
    LIMIT 1`;
  return newest?.id;
}

/** Takes the devices that are due before it pushes to them: two runs at once do not push twice. */
async function claimDevices(
  ctx: PushContext,
  { accountId, notificationId }: { accountId: string; notificationId: string },
): Promise<ClaimedDevice[]> {
  const now = ctx.clock.now();
  return ctx.db.$queryRaw`/* claimDevices */
    UPDATE device d SET pushed_id = ${notificationId}::uuid, pushed_at = ${now}
    FROM session s
    WHERE d.account_id = ${accountId}::uuid AND s.id = d.session_id AND s.ended_at IS NULL AND s.expires_at > ${now}
      AND (d.pushed_id IS NULL OR d.pushed_id < ${notificationId}::uuid)
      AND (d.pushed_at IS NULL OR d.pushed_at <= ${new Date(now.getTime() - pauseMs)})
    RETURNING d.id, d.platform, d.push_token AS "pushToken", d.token_hash AS "tokenHash"`;
}

/** Fails when the push service does; the device is then free for the next try. */
async function pushTo(
  ctx: PushContext,
  { accountId, notificationId, device }: { accountId: string; notificationId: string; device: ClaimedDevice },
): Promise<void> {
  const { id, platform, pushToken, tokenHash } = device;
  try {
    const { outcome, receipt } = await ctx.push.send({ platform, token: pushToken, notificationId });
    if (outcome === 'unregistered') await forgetDevice(ctx, { accountId, deviceId: id, tokenHash });
    if (receipt !== undefined) {
      const check = { accountId, deviceId: id, tokenHash: Buffer.from(tokenHash).toString('base64'), receipt };
      const runAt = new Date(ctx.clock.now().getTime() + checkAfterMs);
      await ctx.queue.add(ctx.db, 'checkPush', check, { runAt, maxAttempts: 8 });
    }
  } catch (error) {
    await ctx.db.device.updateMany({
      where: { accountId, id, pushedId: notificationId },
      data: { pushedId: null, pushedAt: null },
    });
    throw error;
  }
}

/** The devices that were left alone get theirs when their pause is over. */
async function comeBackForOthers(
  ctx: PushContext,
  { accountId, notificationId }: { accountId: string; notificationId: string },
): Promise<void> {
  const waiting = await ctx.db.device.findFirst({
    where: { accountId, pushedId: { lt: notificationId }, session: livingSession(ctx) },
    orderBy: { pushedAt: 'asc' },
    select: { pushedAt: true },
  });
  if (!waiting?.pushedAt) return;
  const runAt = new Date(waiting.pushedAt.getTime() + pauseMs);
  await ctx.queue.add(ctx.db, 'push', { accountId }, { runAt, key: `push:${accountId}`, maxAttempts: 5 });
}

/** Asks what became of a push whose outcome was not known at once. */
export async function checkPush(
  ctx: Pick<JobContext, 'db' | 'log' | 'push'>,
  { accountId, deviceId, tokenHash, receipt }: SocialJobs['checkPush'],
): Promise<void> {
  const outcome = await ctx.push.findOutcome(receipt);
  if (outcome === undefined) throw new Error('the outcome of the push is not known yet');
  if (outcome === 'unregistered') {
    await forgetDevice(ctx, { accountId, deviceId, tokenHash: Buffer.from(tokenHash, 'base64') });
  }
}

/** Unless it has come back with another token meanwhile. */
async function forgetDevice(
  { db, log }: Pick<JobContext, 'db' | 'log'>,
  { accountId, deviceId, tokenHash }: { accountId: string; deviceId: string; tokenHash: Uint8Array },
): Promise<void> {
  await db.device.deleteMany({ where: { accountId, id: deviceId, tokenHash: new Uint8Array(tokenHash) } });
  log.info({ accountId, deviceId }, 'a device is no longer registered with its push service');
}
