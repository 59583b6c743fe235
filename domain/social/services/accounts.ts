import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { isUniqueViolation } from '#platform/database-errors';
import { newId } from '#platform/ids';
import type { Context } from '../context.ts';
import { emailTaken, handleTaken, notFound, wrongPassword } from '../errors.ts';
import { hashPassword, isPassword } from '../helpers/password.ts';
import { isReservedHandle } from '../validation/handle.ts';
import { forgetPasswordAttempts, signedIn, takePasswordAttempt } from './password-limit.ts';
import { isRetired } from './retired-handles.ts';
import { sendLater } from './send-later.ts';
import { startSession } from './start-session.ts';
import type { SignedIn } from './start-session.ts';

interface Registration {
  email: string;
  password: string;
  handle: string;
  displayName: string;
  deviceName?: string | undefined;
}

/** @throws email_taken, handle_taken */
export async function registerAccount(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  { email, password, handle, displayName, deviceName }: Registration,
): Promise<SignedIn> {
  if (isReservedHandle(handle)) throw handleTaken();
  const passwordHash = await hashPassword(password);
  const now = ctx.clock.now();
  const user = { id: newId(now), handle, displayName };
  try {
    return await inTransaction(ctx.db, async (tx) => {
      await tx.account.create({
        data: {
          id: user.id,
          email,
          passwordHash,
          createdAt: now,
          lastActiveAt: now,
          profile: { create: { handle, displayName } },
        },
      });
      // Looked up when the handle is taken: an account that goes at the same moment leaves it free and retired at once.
      if (await isRetired(tx, handle)) throw handleTaken();
      await sendLater(tx, ctx, { kind: 'verification', accountId: user.id });
      return startSession(tx, ctx, { user, deviceName });
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const taken = await ctx.db.account.findUnique({ where: { email }, select: { id: true } });
    throw taken ? emailTaken() : handleTaken();
  }
}

/** @throws wrong_password; rate_limited after too many of them */
export async function checkPassword(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  password: string,
): Promise<void> {
  const person = signedIn(caller.userId);
  await takePasswordAttempt(ctx, [person]);
  const account = await ctx.db.account.findUnique({ where: { id: caller.userId }, select: { passwordHash: true } });
  if (!(await isPassword(account?.passwordHash, password))) throw wrongPassword();
  await forgetPasswordAttempts(ctx, person);
}

/** An account with everything that staff see of it. */
export async function getAccount(ctx: Pick<Context, 'db' | 'clock'>, userId: string) {
  const living = { endedAt: null, expiresAt: { gt: ctx.clock.now() } };
  const account = await ctx.db.account.findUnique({
    where: { id: userId },
    include: { profile: true, _count: { select: { sessions: { where: living } } } },
    omit: { passwordHash: true },
  });
  if (!account?.profile) throw notFound();
  return { ...account, profile: account.profile, activeSessions: account._count.sessions };
}

export type AccountView = Awaited<ReturnType<typeof getAccount>>;
