import type { Caller } from '#platform/caller';
import { idempotent } from '#platform/idempotency';
import { newId } from '#platform/ids';
import type { Context, Tx } from '../context.ts';
import { connectionNotRenewable, institutionUnknown, providerUnavailable, renewalInFlight } from '../errors.ts';
import { createAuthorisationSecrets, hashState } from '../helpers/authorisation-secrets.ts';
import { renewableStatuses } from '../helpers/connection-states.ts';
import type { KeptStatus } from '../helpers/connection-states.ts';
import { isRefusal } from '../provider/provider.ts';
import { lockConnection, recordEvent, requestConsentCheck } from './connection-changes.ts';
import { getConnection } from './connections.ts';
import type { ConnectionRow } from './connections.ts';
import { boundTo } from './consent-tokens.ts';

/** How long a person may take at the bank. */
export const attemptMs = 15 * 60_000;
const renewalLeaseMs = 30_000;

interface Attempt {
  purpose: 'link' | 'renew';
  state: string;
  verifier: string;
}

/** Opens a consent at the provider, then keeps the attempt. A consent whose attempt was not kept ends by itself. */
export async function createConnection(
  ctx: Context,
  { userId }: Caller,
  { institutionId, idempotencyKey }: { institutionId?: string | undefined; idempotencyKey?: string | undefined },
) {
  const { challenge, ...secrets } = createAuthorisationSecrets();
  const consent = await ctx.provider
    .createConsent({ userReference: userId, institutionId, state: secrets.state, codeChallenge: challenge })
    .catch((error: unknown) => {
      throw isRefusal(error, 'provider_institution_unknown') ? institutionUnknown(error) : providerUnavailable(error);
    });
  const request = { ownerId: userId, operation: 'createConnection', key: idempotencyKey, request: { institutionId } };
  return idempotent(ctx.db, request, async (tx) => {
    const now = ctx.clock.now();
    const id = newId(now);
    const connection = await tx.connection.create({
      data: { id, userId, institutionId: institutionId ?? null, providerConsentId: consent.consentId, createdAt: now },
    });
    await keepAttempt(ctx, tx, connection, { purpose: 'link', ...secrets });
    return { status: 201, body: { connectionId: id, authorizeUrl: consent.authorizeUrl } };
  });
}

/**
 * Asks the provider for a new authorisation of the same consent, then keeps the attempt. Nothing else changes until the
 * person has given it. @throws connection_not_renewable
 */
export async function renewConnection(
  ctx: Context,
  caller: Caller,
  { connectionId, idempotencyKey }: { connectionId: string; idempotencyKey: string | undefined },
) {
  const connection = await getConnection(ctx, caller, connectionId);
  const scope = { ownerId: caller.userId, operation: 'renewConnection', key: idempotencyKey ?? '' };
  return withRenewalLease(ctx, connectionId, async () => {
    const { challenge, ...secrets } = createAuthorisationSecrets();
    // A second renewal would make the address worthless that the first one was answered with.
    const isAnswered = (await ctx.db.idempotency.count({ where: scope })) > 0;
    const renewal = isAnswered ? undefined : await openRenewal(ctx, connection, { state: secrets.state, challenge });
    const request = { ...scope, key: idempotencyKey, request: { connectionId } };
    return idempotent(ctx.db, request, async (tx) => {
      const locked = await lockConnection(tx, connectionId);
      if (!locked || !isRenewable(locked) || !renewal) throw connectionNotRenewable(locked?.status ?? 'gone');
      await keepAttempt(ctx, tx, locked, { purpose: 'renew', ...secrets });
      return { status: 201, body: { connectionId, authorizeUrl: renewal.authorizeUrl } };
    });
  });
}

/**
 * One renewal of a connection is opened at a time, since the provider and we must agree which one is the last. A lease,
 * because the provider is called meanwhile.
 */
async function withRenewalLease<T>({ db, clock }: Context, id: string, work: () => Promise<T>): Promise<T> {
  const now = clock.now();
  const renewalLeaseUntil = new Date(now.getTime() + renewalLeaseMs);
  const { count } = await db.connection.updateMany({
    where: { id, OR: [{ renewalLeaseUntil: null }, { renewalLeaseUntil: { lt: now } }] },
    data: { renewalLeaseUntil },
  });
  if (count === 0) throw renewalInFlight();
  try {
    return await work();
  } finally {
    await db.connection.updateMany({ where: { id, renewalLeaseUntil }, data: { renewalLeaseUntil: null } });
  }
}

async function openRenewal(
  ctx: Context,
  connection: ConnectionRow,
  { state, challenge }: { state: string; challenge: string },
): Promise<{ authorizeUrl: string }> {
  if (!isRenewable(connection)) throw connectionNotRenewable(connection.status);
  return ctx.provider
    .renewConsent(connection.providerConsentId, { state, codeChallenge: challenge })
    .catch(async (error: unknown) => {
      if (!isRefusal(error, 'consent_not_renewable', 'not_found')) throw providerUnavailable(error);
      // It has ended there, and we have not heard of it yet.
      await requestConsentCheck(ctx, ctx.db, connection.id);
      throw connectionNotRenewable('no longer known to the bank as one that can be renewed', error);
    });
}

function isRenewable({ status }: ConnectionRow): boolean {
  return renewableStatuses.includes(status as KeptStatus);
}

/** Writes down what the callback must find. A renewal replaces one that is still open, as it does at the provider. */
async function keepAttempt(ctx: Context, tx: Tx, connection: ConnectionRow, { purpose, state, verifier }: Attempt) {
  const { id: connectionId, userId } = connection;
  const now = ctx.clock.now();
  await tx.authorisation.updateMany({ where: { connectionId, usedAt: null }, data: { usedAt: now } });
  await tx.authorisation.create({
    data: {
      stateHash: hashState(state),
      connectionId,
      userId,
      purpose,
      verifier: ctx.vault.seal(verifier, boundTo.verifier(connectionId)),
      expiresAt: new Date(now.getTime() + attemptMs),
    },
  });
  await recordEvent(ctx, tx, connection, purpose === 'link' ? 'started' : 'renewal_started');
}
