import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import type { ProviderEvent } from '../provider/provider.ts';
import { requestSync } from '../services/connection-changes.ts';
import { moveTransfer } from '../services/transfer-state.ts';
import { refreshConsent } from './refresh-consent.ts';

/** What an event leads to. It counts once: its effect and its mark are one transaction. */
export async function processEvent(ctx: Context, { eventId }: { eventId: string }): Promise<void> {
  const row = await ctx.db.providerEvent.findUnique({ where: { id: eventId } });
  if (!row || row.processedAt) return;
  const event = { id: row.id, type: row.type, data: row.payload } as unknown as ProviderEvent;
  // The provider is asked for the state of now, since news of a consent may arrive in any order.
  if (event.type === 'consent.updated') await refreshConsent(ctx, event.data.consentId);

  await inTransaction(ctx.db, async (tx) => {
    const { count } = await tx.providerEvent.updateMany({
      where: { id: eventId, processedAt: null },
      data: { processedAt: ctx.clock.now() },
    });
    if (count === 0) return;
    if (event.type === 'transfer.updated') await moveTransfer(ctx, tx, event.data.transferId, event.data);
    if (event.type === 'transactions.available') {
      const connection = await tx.connection.findFirst({
        where: { providerConsentId: event.data.consentId, status: 'active' },
      });
      if (connection) await requestSync(ctx, tx, connection.id);
    }
  });
}
