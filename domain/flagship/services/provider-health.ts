import type { Context } from '../context.ts';
import { presentProviderHealth } from '../helpers/present-provider-health.ts';
import type { ProviderHealth, Waiting } from '../helpers/present-provider-health.ts';

/** What every process has seen of the provider in the last minutes, and what waits for it. */
export async function getProviderHealth({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<ProviderHealth> {
  const now = clock.now();
  const [sights, waiting] = await Promise.all([
    db.providerSight.findMany({ orderBy: [{ seenAt: 'desc' }, { process: 'asc' }], take: 100 }),
    listWaiting({ db }, now),
  ]);
  return presentProviderHealth(sights, waiting, now);
}

/** Each by an index that holds nothing but what waits. */
async function listWaiting({ db }: Pick<Context, 'db'>, now: Date): Promise<Waiting> {
  const rows = await db.$queryRaw<{ kind: keyof Waiting; count: number; since: Date | null }[]>`
    /* listWaiting */
    select 'events' as kind, count(*)::int as count, min(received_at) as since from provider_event where processed_at is null
    union all
    select 'unanswered', count(*)::int, min(created_at) from transfer
      where status in ('created', 'unknown') and sent_not_after is not null
    union all
    select 'stalled', count(*)::int, min(created_at) from transfer where status = 'stalled'
    union all
    select 'untold', count(*)::int, min(updated_at) from transfer where told_sequence < sequence`;
  const entries = rows.map(({ kind, count, since }) => {
    const oldestSeconds = since && Math.max(0, Math.floor((now.getTime() - since.getTime()) / 1000));
    return [kind, { count, oldestSeconds }];
  });
  return Object.fromEntries(entries) as Waiting;
}
