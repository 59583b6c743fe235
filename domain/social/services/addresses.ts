import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { isUniqueViolation } from '#platform/database-errors';
import type { Context, Tx } from '../context.ts';
import { alreadyVerified, emailTaken, invalidCode, notFound } from '../errors.ts';
import { checkPassword } from './accounts.ts';
import { checkVerificationCode, spendCode } from './email-codes.ts';
import { takeMail, takeVerificationTry } from './mail-limits.ts';
import { sendLater } from './send-later.ts';

/** @throws already_verified, rate_limited */
export async function requestVerification(ctx: Pick<Context, 'db' | 'clock' | 'queue'>, caller: Caller): Promise<void> {
  const accountId = caller.userId;
  await takeMail(ctx, accountId);
  const account = await ctx.db.account.findUnique({
    where: { id: accountId },
    select: { emailVerifiedAt: true, pendingEmail: true },
  });
  if (!account) throw notFound('The account is gone.');
  if (account.emailVerifiedAt !== null && account.pendingEmail === null) throw alreadyVerified();
  await sendLater(ctx.db, ctx, { kind: 'verification', accountId });
}

/** The address that the code was sent to is the caller's, in place of the one before. @throws invalid_code, email_taken, rate_limited */
export async function confirmVerification(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: Caller,
  code: string,
): Promise<void> {
  const accountId = caller.userId;
  await takeVerificationTry(ctx, accountId);
  const sent = await checkVerificationCode(ctx, { accountId, code });
  try {
    await inTransaction(ctx.db, async (tx) => {
      const { email, pendingEmail } = await lockAddresses(tx, accountId);
      await spendCode(tx, sent);
      if (sent.email !== (pendingEmail ?? email)) throw invalidCode();
      await tx.account.update({
        where: { id: accountId },
        data: { email: sent.email, pendingEmail: null, emailVerifiedAt: ctx.clock.now() },
      });
      await noteChange(tx, accountId);
      if (pendingEmail !== null) await sendLater(tx, ctx, { kind: 'email_changed', accountId, to: email });
    });
  } catch (error) {
    throw isUniqueViolation(error) ? emailTaken() : error;
  }
}

/** Asks for proof of a new address; gives the one that waits for it. @throws wrong_password, email_taken, rate_limited */
export async function changeEmail(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: Caller,
  { email, password }: { email: string; password: string },
): Promise<string | null> {
  const accountId = caller.userId;
  await checkPassword(ctx, caller, password);
  await takeMail(ctx, accountId);
  return inTransaction(ctx.db, async (tx) => {
    await lockAddresses(tx, accountId);
    const holder = await tx.account.findUnique({ where: { email }, select: { id: true } });
    if (holder && holder.id !== accountId) throw emailTaken();
    const pendingEmail = holder ? null : email;
    await tx.account.update({ where: { id: accountId }, data: { pendingEmail } });
    await tx.emailCode.deleteMany({ where: { accountId, purpose: 'verification' } });
    await noteChange(tx, accountId);
    if (pendingEmail !== null) {
      await sendLater(tx, ctx, { kind: 'verification', accountId });
      await sendLater(tx, ctx, { kind: 'email_change_requested', accountId });
    }
    return pendingEmail;
  });
}

/** The addresses of an account, which nobody else changes meanwhile. */
async function lockAddresses(tx: Tx, accountId: string): Promise<{ email: string; pendingEmail: string | null }> {
  const [account] = await tx.$queryRaw<{ email: string; pendingEmail: string | null }[]>`
    SELECT email::text AS email, pending_email::text AS "pendingEmail"
    FROM account WHERE id = ${accountId}::uuid FOR NO KEY UPDATE`;
  if (!account) throw notFound('The account is gone.');
  return account;
}

/** The addresses stand in what a person reads of themselves, which has a version. */
async function noteChange(tx: Tx, accountId: string): Promise<void> {
  await tx.profile.update({ where: { accountId }, data: { version: { increment: 1 } } });
}
