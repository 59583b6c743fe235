import type { Context, Tx } from '../context.ts';
import type { ProviderEvent } from '../provider/provider.ts';

/** Keeps events that are new, each with the job that works on it. What was kept before has no effect. */
export async function keepEvents(
  { queue, clock }: Pick<Context, 'queue' | 'clock'>,
  tx: Tx,
  events: ProviderEvent[],
  source: 'webhook' | 'feed',
): Promise<void> {
  const receivedAt = clock.now();
  const rows = events.map(({ id, type, data }) => ({
    id,
    type,
    payload: data,
    source,
    receivedAt,
  }));
  const kept = await tx.providerEvent.createManyAndReturn({ data: rows, skipDuplicates: true, select: { id: true } });
  for (const { id } of kept) await queue.add(tx, 'processEvent', { eventId: id });
}
