import type { Connection } from '#prisma/flagship';
import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import type { ProviderConsent } from '../provider/provider.ts';
import { changeConnection } from '../services/connection-changes.ts';

/** Brings a connection to the state that its consent has at the provider now. */
export async function refreshConsent(ctx: Context, consentId: string): Promise<void> {
  const connection = await ctx.db.connection.findUnique({ where: { providerConsentId: consentId } });
  if (!connection) return;
  const consent = await ctx.provider.getConsent(consentId);
  if (isAhead(connection, consent)) return;
  const facts = {
    status: consent.status,
    institutionId: consent.institution?.id ?? connection.institutionId,
    institutionName: consent.institution?.name ?? connection.institutionName,
    consentExpiresAt: consent.expiresAt,
  };
  const isNew =
    facts.status !== connection.status ||
    facts.institutionName !== connection.institutionName ||
    facts.consentExpiresAt?.getTime() !== connection.consentExpiresAt?.getTime();
  if (isNew) await inTransaction(ctx.db, (tx) => changeConnection(ctx, tx, connection.id, facts));
}

/** Only the callback makes a connection active: it brings the tokens. */
function isAhead(connection: Connection, { status }: ProviderConsent): boolean {
  if (status === 'awaiting_authorisation') return true;
  return connection.status === 'awaiting_authorisation' && (status === 'active' || status === 'reauth_required');
}
