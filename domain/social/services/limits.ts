import { createHash } from 'node:crypto';
import type { Caller } from '#platform/caller';
import { rateLimited } from '#platform/rate-limit';
import type { RateLimit } from '#platform/rate-limit';
import type { Context } from '../context.ts';

/** What a person may do how often. Far above what people do, far below what a script would. */
export const limits = {
  post: { name: 'post', quota: 300, windowSeconds: 3600 },
  follow: { name: 'follow', quota: 400, windowSeconds: 3600 },
  react: { name: 'react', quota: 600, windowSeconds: 900 },
  search: { name: 'search', quota: 120, windowSeconds: 60 },
  report: { name: 'report', quota: 50, windowSeconds: 3600 },
  upload: { name: 'upload', quota: 300, windowSeconds: 3600 },
} satisfies Record<string, RateLimit>;

/**
 * Counts one act of the caller before it is looked at, so that refused and parallel ones count too.
 * @throws rate_limited, with the seconds until the window ends
 */
export async function takeAllowance(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  limit: (typeof limits)[keyof typeof limits],
): Promise<void> {
  await countUse(ctx, { limit, subject: limitSubject(limit.name, caller.userId) });
}

/** A digest, since a subject may be an e-mail address. */
export function limitSubject(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('base64url');
}

/** @throws rate_limited when the subject has used up its quota of the running window */
export async function countUse(
  ctx: Pick<Context, 'db' | 'clock'>,
  { limit, subject }: { limit: RateLimit; subject: string },
): Promise<void> {
  const now = ctx.clock.now();
  const windowEnd = new Date(now.getTime() + limit.windowSeconds * 1000);
  const [row] = await ctx.db.$queryRaw<{ used: number; ends_at: Date }[]>`/* countUse */
    INSERT INTO limit_window AS w (subject, used, ends_at) VALUES (${subject}, 1, ${windowEnd})
    ON CONFLICT (subject) DO UPDATE SET
      used = CASE WHEN w.ends_at <= ${now} THEN 1 ELSE w.used + 1 END,
      ends_at = CASE WHEN w.ends_at <= ${now} THEN excluded.ends_at ELSE w.ends_at END
    RETURNING used, ends_at`;
  if (!row || row.used <= limit.quota) return;
  throw rateLimited(limit, Math.max(1, Math.ceil((row.ends_at.getTime() - now.getTime()) / 1000)));
}
