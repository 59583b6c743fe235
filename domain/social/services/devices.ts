import { createHash } from 'node:crypto';
import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import type { Platform } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { notFound } from '../errors.ts';

const devicesAtMost = 20;

interface Registration {
  deviceId: string;
  platform: Platform;
  pushToken: string;
  /** The caller's session on that device, with which it ends. */
  sessionId: string;
}

/** The caller's devices that are signed in, last registered first. */
export async function listDevices(ctx: Pick<Context, 'db' | 'clock'>, caller: Caller) {
  return ctx.db.device.findMany({
    where: { accountId: caller.userId, session: livingSession(ctx) },
    include: { session: { select: { deviceName: true } } },
    orderBy: [{ registeredAt: 'desc' }, { id: 'asc' }],
    take: devicesAtMost,
  });
}

export type DeviceRow = Awaited<ReturnType<typeof listDevices>>[number];

/** Registers a device or changes it; a token leaves whoever had it before. @throws not_found for a session that is not the caller's or has ended */
export async function putDevice(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { deviceId, platform, pushToken, sessionId }: Registration,
): Promise<DeviceRow> {
  const accountId = caller.userId;
  const tokenHash = hashPushToken(pushToken);
  const id = { accountId, id: deviceId };
  return inTransaction(ctx.db, async (tx) => {
    await lockDevices(tx, accountId, tokenHash);
    const session = await tx.session.findFirst({ where: { id: sessionId, accountId, ...livingSession(ctx) } });
    if (!session) throw notFound('There is no such session.');

    await tx.device.deleteMany({ where: { tokenHash, NOT: id } });
    const registered = { sessionId, platform, pushToken, tokenHash, registeredAt: ctx.clock.now() };
    const device = await tx.device.upsert({
      where: { accountId_id: id },
      create: { ...id, ...registered },
      update: registered,
      include: { session: { select: { deviceName: true } } },
    });
    await dropOldest(tx, ctx, accountId);
    return device;
  });
}

/** Idempotent. */
export async function deleteDevice(ctx: Pick<Context, 'db'>, caller: Caller, deviceId: string): Promise<void> {
  await ctx.db.device.deleteMany({ where: { accountId: caller.userId, id: deviceId } });
}

/** What a token is known by, since it may be longer than an index takes. */
export function hashPushToken(pushToken: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(pushToken).digest());
}

/** Which sessions live at this moment: pushes end with the session, however it ends. */
export function livingSession({ clock }: Pick<Context, 'clock'>) {
  return { endedAt: null, expiresAt: { gt: clock.now() } };
}

/** One registration of a person, and one of a token, at a time. */
async function lockDevices(tx: Tx, accountId: string, tokenHash: Uint8Array): Promise<void> {
  await tx.$executeRaw`
    SELECT pg_advisory_xact_lock(hashtextextended(key, 0))
    FROM (VALUES (${`device ${accountId}`}), (${`token ${Buffer.from(tokenHash).toString('hex')}`})) AS k(key)
    ORDER BY key`;
}

/** Of those whose sessions live; the others are gone already. */
async function dropOldest(tx: Tx, ctx: Pick<Context, 'clock'>, accountId: string): Promise<void> {
  await tx.device.deleteMany({ where: { accountId, NOT: { session: livingSession(ctx) } } });
  const surplus = await tx.device.findMany({
    where: { accountId },
    orderBy: [{ registeredAt: 'desc' }, { id: 'asc' }],
    skip: devicesAtMost,
    select: { id: true },
  });
  await tx.device.deleteMany({ where: { accountId, id: { in: surplus.map(({ id }) => id) } } });
}
