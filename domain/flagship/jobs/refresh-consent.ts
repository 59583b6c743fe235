import type { Connection } from '#prisma/flagship';
import { inTransaction } from '#platform/database';
import type { Context, Tx } from '../context.ts';
import type { KeptStatus } from '../helpers/connection-states.ts';
import { isRefusal } from '../provider/provider.ts';
import type { ProviderConsent } from '../provider/provider.ts';
import { changeConnection, lockConnection, requestConsentCheck } from '../services/connection-changes.ts';

/** The consent of a connection is looked at, whether or not anybody told that it has changed. */
export async function checkConsent(ctx: Context, { connectionId }: { connectionId: string }): Promise<void> {
  const connection = await ctx.db.connection.findUnique({ where: { id: connectionId } });
  if (connection) await refreshConsent(ctx, connection.providerConsentId);
}

/** Brings a connection to the state that its consent has at the provider now. */
export async function refreshConsent(ctx: Context, consentId: string): Promise<void> {
  const before = await ctx.db.connection.findUnique({ where: { providerConsentId: consentId } });
  if (!before) return;
  const askedAt = ctx.clock.now();
  const consent = await ctx.provider.getConsent(consentId).catch((error: unknown) => endOfUnknown(error, before));
  await inTransaction(ctx.db, async (tx) => {
    const connection = await lockConnection(tx, before.id);
    if (!connection) return;
    // Changed while the provider was asked, by a renewal perhaps: the answer may be older than that.
    if (connection.version !== before.version) return requestConsentCheck(ctx, tx, connection.id);
    await tx.connection.update({ where: { id: connection.id }, data: { consentCheckedAt: askedAt } });
    if (!isAhead(connection, consent)) await takeOver(ctx, tx, connection, consent);
  });
}

/** One that the provider no longer knows gives nothing any more, as if it had been taken back there. */
function endOfUnknown(error: unknown, { consentExpiresAt }: Connection): ProviderConsent {
  if (!isRefusal(error, 'not_found')) throw error;
  return { status: 'revoked_at_provider', institution: null, expiresAt: consentExpiresAt };
}

async function takeOver(ctx: Context, tx: Tx, connection: Connection, consent: ProviderConsent): Promise<void> {
  const facts = {
    status: statusFrom(connection, consent),
    institutionId: consent.institution?.id ?? connection.institutionId,
    institutionName: consent.institution?.name ?? connection.institutionName,
    consentExpiresAt: consent.expiresAt,
  };
  const isNew =
    facts.status !== connection.status ||
    facts.institutionName !== connection.institutionName ||
    facts.consentExpiresAt?.getTime() !== connection.consentExpiresAt?.getTime();
  if (isNew) await changeConnection(ctx, tx, connection.id, facts);
}

/** Only the callback brings a connection to life that holds no tokens. */
function isAhead({ status, accessToken, refreshToken }: Connection, consent: ProviderConsent): boolean {
  if (consent.status === 'awaiting_authorisation') return true;
  const isAlive = consent.status === 'active' || consent.status === 'reauth_required';
  return isAlive && status !== 'active' && accessToken === null && refreshToken === null;
}

/** A consent that ran out before it was given was never a link. */
function statusFrom(connection: Connection, { status }: ProviderConsent): KeptStatus {
  return connection.status === 'awaiting_authorisation' && status === 'expired' ? 'rejected' : status;
}
