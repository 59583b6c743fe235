import { createHash } from 'node:crypto';
import type { Context } from '../context.ts';
import { tooManyPasswords } from '../errors.ts';

const windowMinutes = 15;

/** Somebody or some place that passwords are tried for or from, and how often in a quarter of an hour. */
export interface PasswordSubject {
  subject: string;
  limit: number;
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
  const now = ctx.clock.now();
  const windowEnd = new Date(now.getTime() + windowMinutes * 60_000);
  for (const { subject, limit } of subjects) {
    const [row] = await ctx.db.$queryRaw<{ attempts: number; window_ends_at: Date }[]>`
      INSERT INTO password_attempt AS p (subject, attempts, window_ends_at) VALUES (${subject}, 1, ${windowEnd})
      ON CONFLICT (subject) DO UPDATE SET
        attempts = CASE WHEN p.window_ends_at <= ${now} THEN 1 ELSE p.attempts + 1 END,
        window_ends_at = CASE WHEN p.window_ends_at <= ${now} THEN excluded.window_ends_at ELSE p.window_ends_at END
      RETURNING attempts, window_ends_at`;
    if (row && row.attempts > limit) {
      throw tooManyPasswords(Math.max(1, Math.ceil((row.window_ends_at.getTime() - now.getTime()) / 1000)));
    }
  }
}

/** The right password was given: earlier tries of this subject no longer count. */
export async function forgetPasswordAttempts(ctx: Pick<Context, 'db'>, { subject }: PasswordSubject): Promise<void> {
  await ctx.db.passwordAttempt.deleteMany({ where: { subject } });
}

/** The right password was given: this one try does not count, but what others tried still does. */
export async function returnPasswordAttempt(ctx: Pick<Context, 'db'>, subjects: PasswordSubject[]): Promise<void> {
  await ctx.db.passwordAttempt.updateMany({
    where: { subject: { in: subjects.map(({ subject }) => subject) }, attempts: { gt: 0 } },
    data: { attempts: { decrement: 1 } },
  });
}

function subject(limit: number, ...parts: string[]): PasswordSubject {
  return { limit, subject: createHash('sha256').update(parts.join('\0')).digest('base64url') };
}
