import type { RateLimit } from '#platform/rate-limit';
import type { Context } from '../context.ts';
import { countUse, limitSubject } from './limits.ts';

/** Somebody or some place that passwords are tried for or from, and how often in a quarter of an hour. */
export interface PasswordSubject {
  limit: RateLimit;
  subject: string;
}

/** Of one person, from one address: a person who has forgotten. */
export const personAtAddress = (email: string, address: string): PasswordSubject =>
  subject(10, 'pair', email.toLowerCase(), address);
/** Of one person, from anywhere: guessing one password from many places. High, since others can use it up. */
export const personAnywhere = (email: string): PasswordSubject => subject(50, 'person', email.toLowerCase());
/** Of anybody, from one address: trying one password on many people. High, since many people share an address. */
export const anybodyAtAddress = (address: string): PasswordSubject => subject(100, 'address', address);
/** Of somebody who is signed in already. */
export const signedIn = (userId: string): PasswordSubject => subject(10, 'account', userId);

/**
 * Counts one try for each subject before the password is looked at, so that parallel guesses are counted too.
 * @throws rate_limited, with the seconds until the window ends, when a subject has no tries left.
 */
export async function takePasswordAttempt(
  ctx: Pick<Context, 'db' | 'clock'>,
  subjects: PasswordSubject[],
): Promise<void> {
  for (const attempt of subjects) await countUse(ctx, attempt);
}

/** The right password was given: earlier tries of this subject no longer count. */
export async function forgetPasswordAttempts(ctx: Pick<Context, 'db'>, { subject }: PasswordSubject): Promise<void> {
  await ctx.db.limitWindow.deleteMany({ where: { subject } });
}

/** The right password was given: this one try does not count, but what others tried still does. */
export async function returnPasswordAttempt(ctx: Pick<Context, 'db'>, subjects: PasswordSubject[]): Promise<void> {
  await ctx.db.limitWindow.updateMany({
    where: { subject: { in: subjects.map(({ subject }) => subject) }, used: { gt: 0 } },
    data: { used: { decrement: 1 } },
  });
}

function subject(quota: number, ...parts: string[]): PasswordSubject {
  return { limit: { name: 'password', quota, windowSeconds: 900 }, subject: limitSubject('password', ...parts) };
}
