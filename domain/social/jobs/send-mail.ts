import type { JobContext } from '../context.ts';
import { codeMail, tellingMail } from '../helpers/mail-texts.ts';
import type { MailText } from '../services/mailer.ts';
import { issueCode } from '../services/email-codes.ts';
import type { SocialJobs } from './jobs.ts';

type MailContext = Pick<JobContext, 'db' | 'clock' | 'log' | 'mailer'>;

/** Sends a person a mail; run again it sends one more, with a code that takes the place of the one before. */
export async function sendMail(ctx: MailContext, { kind, accountId, to }: SocialJobs['sendMail']): Promise<void> {
  const account = await ctx.db.account.findUnique({ where: { id: accountId } });
  if (!account) return;
  if (kind !== 'verification') {
    await deliverMail(ctx, { to: to ?? account.email, accountId, mail: tellingMail(kind) });
    return;
  }
  const unproved = account.emailVerifiedAt === null ? account.email : undefined;
  const email = account.pendingEmail ?? unproved;
  if (email === undefined) return;
  const code = await issueCode(ctx, { accountId, purpose: 'verification', email });
  await deliverMail(ctx, { to: email, accountId, mail: codeMail('verification', code) });
}

/** Sends a code for a forgotten password, if anybody has the address. */
export async function sendResetCode(ctx: MailContext, { email }: SocialJobs['sendResetCode']): Promise<void> {
  const account = await ctx.db.account.findUnique({ where: { email }, select: { id: true, email: true } });
  if (!account) return;
  const recipient = { accountId: account.id, purpose: 'password_reset' as const, email: account.email };
  const code = await issueCode(ctx, recipient);
  await deliverMail(ctx, { to: account.email, accountId: account.id, mail: codeMail('password_reset', code) });
}

/** A mailbox that is not there is the person's affair, and trying again would not help. */
async function deliverMail(
  { mailer, log }: MailContext,
  { to, accountId, mail }: { to: string; accountId: string; mail: MailText },
): Promise<void> {
  const outcome = await mailer.send(to, mail);
  if (outcome === 'refused') log.info({ accountId }, 'the mail server does not take mail for this person');
}
