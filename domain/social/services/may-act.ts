import type { Caller } from '#platform/caller';
import type { Context, Tx } from '../context.ts';
import { accountSuspended, notFound } from '../errors.ts';
import { isSuspended } from '../helpers/suspension.ts';

/** Refuses what others would see of a suspended person, and everything of an account that is gone. */
export async function assertMayAct(tx: Tx, ctx: Pick<Context, 'clock'>, caller: Caller): Promise<void> {
  const account = await tx.account.findUnique({
    where: { id: caller.userId },
    select: { suspendedAt: true, suspendedUntil: true },
  });
  if (!account) throw notFound('The account is gone.');
  if (isSuspended(account, ctx.clock.now())) throw accountSuspended(account.suspendedUntil);
}
