import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import type { Context, Tx } from '../context.ts';
import { invalidCredentials } from '../errors.ts';
import { endSessions } from './end-sessions.ts';
import { lockAccount } from './lock-account.ts';
import { sendLater } from './send-later.ts';

const dayMs = 86_400_000;

/** Signs the caller out everywhere and hides them until they sign in again or the days of grace are over; idempotent. */
export async function closeAccount(
  ctx: Pick<Context, 'db' | 'clock' | 'queue' | 'config'>,
  caller: Caller,
): Promise<Date> {
  const accountId = caller.userId;
  const now = ctx.clock.now();
  const effectiveAt = new Date(now.getTime() + ctx.config.accountClosureDays * dayMs);
  return inTransaction(ctx.db, async (tx) => {
    await lockAccount(tx, accountId);
    const { count } = await tx.accountClosure.createMany({
      data: { accountId, requestedAt: now, effectiveAt },
      skipDuplicates: true,
    });
    if (count === 1) await sendLater(tx, ctx, { kind: 'closure_requested', accountId });
    await endSessions(tx, { accountId, reason: 'account_closed' });
    const closure = await tx.accountClosure.findUniqueOrThrow({ where: { accountId } });
    return closure.effectiveAt;
  });
}

/**
 * Ends the closure of somebody who has just signed in.
 * @throws invalid_credentials when it is being carried out: that account is no more
 */
export async function endClosure(tx: Tx, ctx: Pick<Context, 'queue'>, accountId: string): Promise<void> {
  await lockAccount(tx, accountId);
  const { count } = await tx.accountClosure.deleteMany({ where: { accountId, startedAt: null } });
  if (count === 1) await sendLater(tx, ctx, { kind: 'closure_ended', accountId });
  else if (await tx.accountClosure.findUnique({ where: { accountId } })) throw invalidCredentials();
}
