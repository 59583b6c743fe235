import { newId } from '#platform/ids';
import type { Context, Tx } from '../context.ts';
import { hashRefreshToken, newRefreshToken } from '../helpers/refresh-token.ts';

const sessionDays = 60;
const dayMs = 86_400_000;
/** How long after somebody was last here posts are still delivered to them. */
export const activeDays = 30;

/** A person who has just proved who they are, and the session that this started or prolonged. */
export interface SignedIn {
  user: { id: string; handle: string; displayName: string };
  session: { id: string; refreshToken: string; expiresAt: Date };
}

/** Starts a refresh-token family. */
export async function startSession(
  tx: Tx,
  ctx: Pick<Context, 'clock'>,
  { user, deviceName }: { user: SignedIn['user']; deviceName: string | undefined },
): Promise<SignedIn> {
  const now = ctx.clock.now();
  const session = { id: newId(now), refreshToken: newRefreshToken(), expiresAt: sessionEnd(now) };
  await tx.session.create({
    data: {
      id: session.id,
      accountId: user.id,
      deviceName: deviceName ?? null,
      createdAt: now,
      lastUsedAt: now,
      expiresAt: session.expiresAt,
      tokens: { create: { hash: hashRefreshToken(session.refreshToken), issuedAt: now } },
    },
  });
  return { user, session };
}

/** When a session that was used at `now` ends if it is not used again. */
export function sessionEnd(now: Date): Date {
  return new Date(now.getTime() + sessionDays * dayMs);
}

/** Keeps the day somebody was last here. Who comes back after a long time gets their feed filled, since none was kept. */
export async function noteActivity(
  tx: Tx,
  ctx: Pick<Context, 'clock' | 'queue'>,
  account: { id: string; lastActiveAt: Date },
): Promise<void> {
  const now = ctx.clock.now();
  const days = (now.getTime() - account.lastActiveAt.getTime()) / dayMs;
  if (days < 1) return;
  await tx.account.update({ where: { id: account.id }, data: { lastActiveAt: now } });
  if (days >= activeDays) await ctx.queue.add(tx, 'fillTimeline', { ownerId: account.id });
}
