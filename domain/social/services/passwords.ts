import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import type { Context, Tx } from '../context.ts';
import { wrongPassword } from '../errors.ts';
import { hashPassword, isPassword } from '../helpers/password.ts';
import { checkResetCode, spendCode } from './email-codes.ts';
import { endSessions } from './end-sessions.ts';
import { takeReset, takeResetTry } from './mail-limits.ts';
import {
  forgetPasswordAttempts,
  personAnywhere,
  personAtAddress,
  signedIn,
  takePasswordAttempt,
} from './password-limit.ts';
import { sendLater } from './send-later.ts';

interface Reset {
  email: string;
  code: string;
  newPassword: string;
  clientAddress?: string | undefined;
}

/** Does the same, and takes as long, whether anybody has the address or not: a job looks. @throws rate_limited */
export async function requestPasswordReset(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  { email, clientAddress = '' }: { email: string; clientAddress?: string | undefined },
): Promise<void> {
  await takeReset(ctx, { email, clientAddress });
  await ctx.queue.add(ctx.db, 'sendResetCode', { email }, { key: `reset:${email.toLowerCase()}`, maxAttempts: 8 });
}

/** Sets a new password, signs the person out everywhere and drops a change of address that waits. @throws invalid_code, rate_limited */
export async function confirmPasswordReset(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  { email, code, newPassword, clientAddress = '' }: Reset,
): Promise<void> {
  await takeResetTry(ctx, { email, clientAddress });
  const sent = await checkResetCode(ctx, { email, code });
  const passwordHash = await hashPassword(newPassword);
  const { accountId } = sent;
  await inTransaction(ctx.db, async (tx) => {
    await tx.account.update({ where: { id: accountId }, data: { passwordHash } });
    await spendCode(tx, sent);
    // The code came to this address: it is proved.
    await tx.account.updateMany({
      where: { id: accountId, emailVerifiedAt: null },
      data: { emailVerifiedAt: ctx.clock.now() },
    });
    await voidEmailChange(tx, accountId);
    await tx.profile.update({ where: { accountId }, data: { version: { increment: 1 } } });
    await endSessions(tx, { accountId, reason: 'password_changed' });
    await sendLater(tx, ctx, { kind: 'password_changed', accountId });
  });
  for (const tries of [personAtAddress(email, clientAddress), personAnywhere(email)]) {
    await forgetPasswordAttempts(ctx, tries);
  }
}

/** As `confirmPasswordReset`, for somebody who knows the password; this session goes on. @throws wrong_password, rate_limited */
export async function changePassword(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: Caller,
  { currentPassword, newPassword, sessionId }: { currentPassword: string; newPassword: string; sessionId: string },
): Promise<void> {
  const accountId = caller.userId;
  await takePasswordAttempt(ctx, [signedIn(accountId)]);
  const account = await ctx.db.account.findUnique({ where: { id: accountId }, select: { passwordHash: true } });
  if (!(await isPassword(account?.passwordHash, currentPassword)) || !account) throw wrongPassword();
  const passwordHash = await hashPassword(newPassword);
  await inTransaction(ctx.db, async (tx) => {
    await replacePassword(tx, { accountId, from: account.passwordHash, to: passwordHash });
    await tx.emailCode.deleteMany({ where: { accountId, purpose: 'password_reset' } });
    await voidEmailChange(tx, accountId);
    await endSessions(tx, { accountId, reason: 'password_changed', except: sessionId });
    await sendLater(tx, ctx, { kind: 'password_changed', accountId });
  });
  await forgetPasswordAttempts(ctx, signedIn(accountId));
}

/** Whoever asked for another address knew the password of before, and a new one is what helps against a stranger who does. */
async function voidEmailChange(tx: Tx, accountId: string): Promise<void> {
  const { count } = await tx.account.updateMany({
    where: { id: accountId, pendingEmail: { not: null } },
    data: { pendingEmail: null },
  });
  if (count === 0) return;
  await tx.emailCode.deleteMany({ where: { accountId, purpose: 'verification' } });
  await tx.profile.update({ where: { accountId }, data: { version: { increment: 1 } } });
}

/** Of two changes at once, the second one no longer knows the password. */
async function replacePassword(
  tx: Tx,
  { accountId, from, to }: { accountId: string; from: string; to: string },
): Promise<void> {
  const { count } = await tx.account.updateMany({
    where: { id: accountId, passwordHash: from },
    data: { passwordHash: to },
  });
  if (count === 0) throw wrongPassword();
}
