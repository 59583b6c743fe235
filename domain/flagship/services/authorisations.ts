import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import { idempotent } from '#platform/idempotency';
import { newId } from '#platform/ids';
import type { Context } from '../context.ts';
import { authorisationFailed, institutionUnknown, invalidField, providerUnavailable, stateInvalid } from '../errors.ts';
import { createAuthorisationSecrets, hashState } from '../helpers/authorisation-secrets.ts';
import { isRefusal } from '../provider/provider.ts';
import type { Tokens } from '../provider/provider.ts';
import { requestSync } from './connection-changes.ts';

const attemptMs = 15 * 60_000;

/** Opens a consent at the provider, then keeps the attempt. A consent whose attempt was not kept ends by itself. */
export async function createConnection(
  ctx: Context,
  { userId }: Caller,
  { institutionId, idempotencyKey }: { institutionId?: string | undefined; idempotencyKey?: string | undefined },
) {
  const { state, verifier, challenge } = createAuthorisationSecrets();
  const consent = await ctx.provider
    .createConsent({ userReference: userId, institutionId, state, codeChallenge: challenge })
    .catch((error: unknown) => {
      throw isRefusal(error, 'provider_institution_unknown') ? institutionUnknown(error) : providerUnavailable(error);
    });
  const request = { ownerId: userId, operation: 'createConnection', key: idempotencyKey, request: { institutionId } };
  return idempotent(ctx.db, request, async (tx) => {
    const now = ctx.clock.now();
    const id = newId(now);
    await tx.connection.create({
      data: { id, userId, institutionId: institutionId ?? null, providerConsentId: consent.consentId, createdAt: now },
    });
    await tx.authorisation.create({
      data: {
        stateHash: hashState(state),
        connectionId: id,
        userId,
        verifier: ctx.vault.seal(verifier, `verifier:${id}`),
        expiresAt: new Date(now.getTime() + attemptMs),
      },
    });
    return { status: 201, body: { connectionId: id, authorizeUrl: consent.authorizeUrl } };
  });
}

/** Takes what the provider's page handed back. The state is used up first, so that of two callbacks one goes on. */
export async function completeConnection(
  ctx: Context,
  caller: Caller,
  { state, code, error }: { state: string; code?: string | undefined; error?: string | undefined },
) {
  if (code === undefined && error === undefined) throw invalidField('/code', 'is required when there is no error');
  const attempt = await useState(ctx, caller, state);
  if (code === undefined || error !== undefined) return reject(ctx, attempt.connectionId);

  const verifier = ctx.vault.open(attempt.verifier, `verifier:${attempt.connectionId}`);
  const tokens = await ctx.provider.exchangeCode(code, verifier).catch(async (failure: unknown) => {
    if (!isRefusal(failure)) {
      await ctx.db.authorisation.update({ where: { stateHash: attempt.stateHash }, data: { usedAt: null } });
      throw providerUnavailable(failure);
    }
    await reject(ctx, attempt.connectionId);
    throw authorisationFailed(failure);
  });
  return activate(ctx, attempt.connectionId, tokens);
}

async function useState(ctx: Context, caller: Caller, state: string) {
  const now = ctx.clock.now();
  const [attempt] = await ctx.db.authorisation.updateManyAndReturn({
    where: {
      stateHash: hashState(state),
      usedAt: null,
      expiresAt: { gt: now },
      connection: { status: 'awaiting_authorisation' },
      ...(caller.kind === 'member' && { userId: caller.userId }),
    },
    data: { usedAt: now },
  });
  if (attempt) return attempt;
  ctx.log.info(
    { caller: caller.service },
    'a link attempt was refused: its state is unknown, used, expired or foreign',
  );
  throw stateInvalid();
}

async function reject(ctx: Context, id: string) {
  await ctx.db.connection.updateMany({ where: { id, status: 'awaiting_authorisation' }, data: { status: 'rejected' } });
  return { connectionId: id, status: 'rejected' as const };
}

async function activate(ctx: Context, id: string, tokens: Tokens) {
  await inTransaction(ctx.db, async (tx) => {
    const { count } = await tx.connection.updateMany({
      where: { id, status: 'awaiting_authorisation' },
      data: { status: 'active', ...sealTokens(ctx, id, tokens) },
    });
    // Ended while the code was exchanged: the tokens are not kept.
    if (count === 0) throw stateInvalid();
    await requestSync(ctx, tx, id);
  });
  return { connectionId: id, status: 'active' as const };
}

/** The columns that keep tokens. */
export function sealTokens({ vault, clock }: Pick<Context, 'vault' | 'clock'>, connectionId: string, tokens: Tokens) {
  const expiresAt = new Date(clock.now().getTime() + tokens.expiresInSeconds * 1000);
  return {
    accessToken: vault.seal(tokens.accessToken, `access:${connectionId}`),
    accessTokenExpiresAt: expiresAt,
    ...(tokens.refreshToken !== undefined && {
      refreshToken: vault.seal(tokens.refreshToken, `refresh:${connectionId}`),
    }),
  };
}
