import type { Context, Tx } from '../context.ts';
import type { SocialJobs } from '../jobs/jobs.ts';

/**
 * Adds the job that sends a mail, in the transaction of its cause. One that carries a code is given up after half an hour, when
 * nobody waits for it any more; asked for twice at once it is sent once.
 */
export async function sendLater(
  tx: Tx,
  { queue }: Pick<Context, 'queue'>,
  mail: SocialJobs['sendMail'],
): Promise<void> {
  const options = mail.kind === 'verification' ? { key: `verification:${mail.accountId}`, maxAttempts: 8 } : {};
  await queue.add(tx, 'sendMail', mail, options);
}
