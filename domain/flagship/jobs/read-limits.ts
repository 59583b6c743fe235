import type { Connection } from '#prisma/flagship';
import type { Clock } from '#platform/clock';
import type { Context } from '../context.ts';
import { isRefusal } from '../provider/provider.ts';
import type { Provider } from '../provider/provider.ts';

export type ReadScope = 'accounts' | 'balances' | 'transactions';

const dayMs = 86_400_000;
const askedAgainAfterMs = 3_600_000;
const presentMs = 15 * 60_000;

/** How often the provider lets an account be read in a day (UTC) without the person, for each scope; null where nobody counts. */
export function watchReadsPerDay(provider: Provider, clock: Clock): () => Promise<number | null> {
  let known: { limit: number | null; until: number } | undefined;
  return async () => {
    const now = clock.now().getTime();
    if (known && known.until > now) return known.limit;
    const told = await provider.getCapabilities().catch((error: unknown) => {
      if (isRefusal(error, 'capability_unavailable', 'not_found')) return { unattendedReadsPerDay: null };
      throw error;
    });
    known = { limit: told.unattendedReadsPerDay, until: now + askedAgainAfterMs };
    return known.limit;
  };
}

/** The day's reads are used up; what is left is for the person to ask for. */
export class ReadsSpent extends Error {
  readonly until: Date;

  constructor(until: Date) {
    super('the reads of the day are spent');
    this.name = 'ReadsSpent';
    this.until = until;
  }
}

/** Since when a person's wish for fresh data, or the link they have just made, means that they look. */
export function presentSince(now: Date): Date {
  return new Date(now.getTime() - presentMs);
}

/** Whether the person looks at what is read for them now. Banks do not count such reads. */
export function isPersonPresent({ askedAt, lastSuccessAt, createdAt }: Connection, now: Date): boolean {
  const since = askedAt ?? (lastSuccessAt === null ? createdAt : null);
  return since !== null && since > presentSince(now);
}

/** Counts one read of a connection's accounts before it is made. @throws ReadsSpent, and nothing may be read then. */
export async function countRead(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  { connectionId, scope, perDay }: { connectionId: string; scope: ReadScope; perDay: number },
): Promise<void> {
  const now = clock.now();
  const day = now.toISOString().slice(0, 10);
  const counted = await db.$executeRaw`
    /* countRead */ insert into call_count (connection_id, day, scope, calls)
    select ${connectionId}::uuid, ${day}::date, ${scope}, 1 where ${perDay}::int > 0
    on conflict (connection_id, day, scope) do update set calls = call_count.calls + 1 where call_count.calls < ${perDay}::int`;
  if (counted === 0) throw new ReadsSpent(new Date(Date.parse(day) + dayMs));
}

/** The reads of a day are spread over it. */
export function restBetween(perDay: number, syncEveryMs: number): number {
  return Math.max(syncEveryMs, Math.ceil(dayMs / Math.max(perDay, 1)));
}
