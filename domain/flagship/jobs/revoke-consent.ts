import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import { recordEvent } from '../services/connection-changes.ts';

/** Ends the consent at the provider, after it ended here. It needs no token, and may be said twice. */
export async function revokeConsent(ctx: Context, { connectionId }: { connectionId: string }): Promise<void> {
  const connection = await ctx.db.connection.findUnique({ where: { id: connectionId } });
  if (!connection) return;
  await ctx.provider.revokeConsent(connection.providerConsentId);
  await inTransaction(ctx.db, async (tx) => {
    const { count } = await tx.connection.updateMany({
      where: { id: connectionId, revokeSince: { not: null } },
      data: { revokeSince: null },
    });
    if (count === 1) await recordEvent(ctx, tx, connection, 'ended_at_bank');
  });
}
