import type { Context } from '../context.ts';

/** Ends the consent at the provider, after the person ended it here. */
export async function revokeConsent(
  { db, provider }: Context,
  { connectionId }: { connectionId: string },
): Promise<void> {
  const connection = await db.connection.findUnique({ where: { id: connectionId } });
  if (connection) await provider.revokeConsent(connection.providerConsentId);
}
