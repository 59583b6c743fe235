import type { Authorisation } from '#prisma/flagship';
import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import { authorisationFailed, invalidField, providerUnavailable, stateInvalid } from '../errors.ts';
import { hashState } from '../helpers/authorisation-secrets.ts';
import { renewableStatuses } from '../helpers/connection-states.ts';
import { isRefusal } from '../provider/provider.ts';
import type { Tokens } from '../provider/provider.ts';
import {
  changeConnection,
  lockConnection,
  recordEvent,
  requestConsentCheck,
  requestRevocation,
  requestSync,
} from './connection-changes.ts';
import { boundTo, sealTokens } from './consent-tokens.ts';

/** Takes what the provider's page handed back. The state is used up first, so that of two callbacks one goes on. */
export async function completeConnection(
  ctx: Context,
  caller: Caller,
  { state, code, error }: { state: string; code?: string | undefined; error?: string | undefined },
) {
  if (code === undefined && error === undefined) throw invalidField('/code', 'is required when there is no error');
  const attempt = await useState(ctx, caller, state);
  if (code === undefined || error !== undefined) return decline(ctx, attempt);

  const verifier = ctx.vault.open(attempt.verifier, boundTo.verifier(attempt.connectionId));
  const tokens = await ctx.provider.exchangeCode(code, verifier).catch(async (failure: unknown) => {
    if (!isRefusal(failure)) {
      await ctx.db.authorisation.update({ where: { stateHash: attempt.stateHash }, data: { usedAt: null } });
      throw providerUnavailable(failure);
    }
    await decline(ctx, attempt, { isGivenAtBank: true });
    throw authorisationFailed(failure);
  });
  return activate(ctx, attempt, tokens);
}

async function useState(ctx: Context, caller: Caller, state: string): Promise<Authorisation> {
  const now = ctx.clock.now();
  const [attempt] = await ctx.db.authorisation.updateManyAndReturn({
    where: {
      stateHash: hashState(state),
      usedAt: null,
      expiresAt: { gt: now },
      OR: [
        { purpose: 'link', connection: { status: 'awaiting_authorisation' } },
        { purpose: 'renew', connection: { status: { in: renewableStatuses } } },
      ],
      ...(caller.kind === 'member' && { userId: caller.userId }),
    },
    data: { usedAt: now },
  });
  if (attempt) return attempt;
  await noteRefusal(ctx, caller, hashState(state));
  throw stateInvalid();
}

/** A refused callback leaves a line in the log, and the first one of an attempt a line in its connection's history. */
async function noteRefusal(ctx: Context, caller: Caller, stateHash: string): Promise<void> {
  const attempt = await ctx.db.authorisation.findUnique({ where: { stateHash }, include: { connection: true } });
  const facts = { caller: caller.service, connectionId: attempt?.connectionId, why: whyRefused(attempt, caller, ctx) };
  ctx.log.info(facts, 'a link attempt was refused');
  if (!attempt || attempt.refusedAt !== null) return;
  await inTransaction(ctx.db, async (tx) => {
    const { count } = await tx.authorisation.updateMany({
      where: { stateHash, refusedAt: null },
      data: { refusedAt: ctx.clock.now() },
    });
    if (count === 1) await recordEvent(ctx, tx, attempt.connection, 'attempt_refused');
  });
}

function whyRefused(attempt: Authorisation | null, caller: Caller, { clock }: Pick<Context, 'clock'>): string {
  if (!attempt) return 'unknown';
  if (caller.kind === 'member' && caller.userId !== attempt.userId) return 'foreign';
  if (attempt.usedAt !== null) return 'used';
  return attempt.expiresAt <= clock.now() ? 'expired' : 'connection_ended';
}

/** The person or the bank said no. A renewal leaves the connection as it was. */
async function decline(
  ctx: Context,
  { connectionId, purpose }: Authorisation,
  { isGivenAtBank = false }: { isGivenAtBank?: boolean } = {},
) {
  await inTransaction(ctx.db, async (tx) => {
    if (purpose === 'renew') {
      const connection = await lockConnection(tx, connectionId);
      if (connection) await recordEvent(ctx, tx, connection, 'renewal_declined');
      return;
    }
    // A consent whose code was refused may live on at the bank, where nobody would use it.
    const revokeSince = isGivenAtBank ? ctx.clock.now() : null;
    await changeConnection(ctx, tx, connectionId, { status: 'rejected', revokeSince });
    if (isGivenAtBank) await requestRevocation(ctx, tx, connectionId);
  });
  return { connectionId, status: purpose === 'renew' ? ('unchanged' as const) : ('rejected' as const) };
}

async function activate(ctx: Context, { connectionId, purpose }: Authorisation, tokens: Tokens) {
  await inTransaction(ctx.db, async (tx) => {
    const connection = await lockConnection(tx, connectionId);
    // The end that is known is the one just put off: nobody hears of it any more.
    const expiryToldFor = connection?.consentExpiresAt ?? null;
    const changes = { status: 'active' as const, expiryToldFor, ...sealTokens(ctx, connectionId, tokens) };
    const isKept = await changeConnection(ctx, tx, connectionId, changes, purpose === 'link' ? 'linked' : 'renewed');
    // Ended while the code was exchanged: the tokens are not kept.
    if (!isKept) throw stateInvalid();
    await requestSync(ctx, tx, connectionId);
    await requestConsentCheck(ctx, tx, connectionId);
  });
  return { connectionId, status: 'active' as const };
}
