import type { Caller } from '#platform/caller';
import { inTransaction } from '#platform/database';
import type { SuspensionAction } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { decisionReused, notFound, untilPast } from '../errors.ts';
import { getAccount } from './accounts.ts';
import type { AccountView } from './accounts.ts';

interface Decision {
  decisionId: string;
  userId: string;
  reason: string;
}

/** Suspends a person, for a time or until restored (`until` null), and ends their sessions; once for a decision. */
export async function suspendAccount(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { until, ...decision }: Decision & { until: Date | null },
): Promise<AccountView> {
  const now = ctx.clock.now();
  await decide(ctx, caller, { ...decision, action: 'suspend', until }, async (tx) => {
    // Asked of a new decision only: one that is sent again may have run out meanwhile.
    if (until && until <= now) throw untilPast();
    await tx.account.update({
      where: { id: decision.userId },
      data: { suspendedAt: now, suspendedUntil: until, suspensionReason: decision.reason },
    });
    await tx.session.updateMany({
      where: { accountId: decision.userId, endedAt: null },
      data: { endedAt: now, endReason: 'suspended' },
    });
  });
  return getAccount(ctx, decision.userId);
}

/** Ends a suspension; once for a decision. */
export async function restoreAccount(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  decision: Decision,
): Promise<AccountView> {
  await decide(ctx, caller, { ...decision, action: 'restore', until: null }, async (tx) => {
    await tx.account.update({
      where: { id: decision.userId },
      data: { suspendedAt: null, suspendedUntil: null, suspensionReason: null },
    });
  });
  return getAccount(ctx, decision.userId);
}

/** Writes the decision down and carries it out in one transaction; the same decision again does nothing. */
async function decide(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: Caller,
  { decisionId, userId, reason, action, until }: Decision & { action: SuspensionAction; until: Date | null },
  carryOut: (tx: Tx) => Promise<void>,
): Promise<void> {
  const staffId = caller.staffId;
  await inTransaction(ctx.db, async (tx) => {
    const [account] = await tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM account WHERE id = ${userId}::uuid FOR NO KEY UPDATE`;
    if (!account) throw notFound();
    const { count } = await tx.suspensionDecision.createMany({
      data: {
        id: decisionId,
        accountId: userId,
        action,
        staffId,
        reason,
        until,
        decidedAt: ctx.clock.now(),
      },
      skipDuplicates: true,
    });
    if (count === 1) {
      await carryOut(tx);
      return;
    }
    const earlier = await tx.suspensionDecision.findUnique({ where: { id: decisionId } });
    if (earlier?.accountId !== userId || earlier.action !== action) throw decisionReused();
  });
}
