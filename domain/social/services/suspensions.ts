import type { Caller } from '#platform/caller';
import type { Context, Tx } from '../context.ts';
import { untilPast } from '../errors.ts';
import { assertKnownRules } from '../validation/rules.ts';
import { getAccount } from './accounts.ts';
import type { AccountView } from './accounts.ts';
import { decide, lockingAccount } from './decisions.ts';
import type { Decision } from './decisions.ts';
import { endSessions } from './end-sessions.ts';
import { addSanction, liftSanctions } from './sanctions.ts';

type DecisionContext = Pick<Context, 'db' | 'clock' | 'queue'>;

/** Suspends a person, for a time or until restored (`until` null), and ends their sessions; once for a decision. */
export async function suspendAccount(
  ctx: DecisionContext,
  caller: Caller,
  {
    userId,
    until,
    ruleIds = [],
    ...decision
  }: Decision & { userId: string; until: Date | null; ruleIds?: string[] | undefined },
): Promise<AccountView> {
  assertKnownRules(ruleIds);
  await decide(
    ctx,
    caller,
    { ...decision, action: 'suspend', until },
    {
      lock: lockingAccount(userId),
      carryOut: (tx, { accountId }) => suspend(tx, ctx, { ...decision, accountId, until, ruleIds }),
    },
  );
  return getAccount(ctx, userId);
}

/** Suspends an account, which is locked, ends its sessions and holds that against the person. @throws invalid_request */
export async function suspend(
  tx: Tx,
  ctx: Pick<Context, 'clock' | 'queue'>,
  {
    accountId,
    until,
    ruleIds,
    decisionId,
    reason,
  }: Decision & { accountId: string; until: Date | null; ruleIds: string[] },
): Promise<void> {
  const now = ctx.clock.now();
  // Asked of a new decision only: one that is sent again may have run out meanwhile.
  if (until && until <= now) throw untilPast();
  await tx.account.update({
    where: { id: accountId },
    data: { suspendedAt: now, suspendedUntil: until, suspensionReason: reason },
  });
  await endSessions(tx, { accountId, reason: 'suspended' });
  await addSanction(tx, ctx, { accountId, kind: 'suspended', decisionId, ruleIds });
}

/** Ends a suspension; once for a decision. */
export async function restoreAccount(
  ctx: DecisionContext,
  caller: Caller,
  { userId, ...decision }: Decision & { userId: string },
): Promise<AccountView> {
  await decide(
    ctx,
    caller,
    { ...decision, action: 'restore' },
    {
      lock: lockingAccount(userId),
      async carryOut(tx, { accountId }) {
        const which = { accountId, kind: 'suspended' as const, decision: stillRunning(ctx.clock.now()) };
        await liftSanctions(tx, ctx, { which, reason: decision.reason });
        await resumeSuspension(tx, ctx, accountId);
      },
    },
  );
  return getAccount(ctx, userId);
}

/** Signs a person out everywhere; once for a decision. */
export async function endAccountSessions(
  ctx: DecisionContext,
  caller: Caller,
  { userId, ...decision }: Decision & { userId: string },
): Promise<AccountView> {
  await decide(
    ctx,
    caller,
    { ...decision, action: 'end_sessions' },
    {
      lock: lockingAccount(userId),
      async carryOut(tx, { accountId }) {
        await endSessions(tx, { accountId, reason: 'ended_by_staff' });
      },
    },
  );
  return getAccount(ctx, userId);
}

/** After one was lifted: the newest suspension that is left is in force, or none. The account is locked. */
export async function resumeSuspension(tx: Tx, { clock }: Pick<Context, 'clock'>, accountId: string): Promise<void> {
  const left = await tx.sanction.findFirst({
    where: { accountId, kind: 'suspended', liftedAt: null, decision: stillRunning(clock.now()) },
    orderBy: { id: 'desc' },
    include: { decision: true },
  });
  await tx.account.update({
    where: { id: accountId },
    data: {
      suspendedAt: left?.createdAt ?? null,
      suspendedUntil: left?.decision.until ?? null,
      suspensionReason: left?.decision.reason ?? null,
    },
  });
}

function stillRunning(now: Date) {
  return { OR: [{ until: null }, { until: { gt: now } }] };
}
