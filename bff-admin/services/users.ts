import type { operations as SocialOperations } from '#openapi/social';
import type { Context } from '../context.ts';
import { untilNotInFuture } from '../errors.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';
import type { AnswerOf } from './decision-kinds.ts';
import { decide } from './decisions.ts';
import type { Decided } from './decisions.ts';
import { assertWorksIn } from './queues.ts';

type Search = NonNullable<SocialOperations['listAccounts']['parameters']['query']>;

/** What staff decide about a person, and why. */
interface Decision {
  userId: string;
  reason: string;
}

/** Searches people. Who looked, and for what, is written down before anything is shown. */
export async function listUsers(ctx: Pick<Context, 'db' | 'social'>, caller: StaffCaller, search: Search) {
  const { q = null, status = null, createdFrom = null } = search;
  await writeAuditEvent(ctx.db, caller, { action: 'user.search', details: { q, status, createdFrom } });
  return (await ctx.social.listAccounts({ caller: { staffId: caller.oid }, query: search })).body;
}

/** Suspends a person, until they are restored or the time has come. @throws forbidden, decision_open, not_found */
export async function suspendUser(
  ctx: Context,
  caller: StaffCaller,
  { userId, reason, until }: Decision & { until?: string | undefined },
): Promise<Decided<AnswerOf<'user.suspend'>>> {
  if (until !== undefined && new Date(until) <= ctx.clock.now()) throw untilNotInFuture();
  await assertWorksIn(ctx.db, caller);
  const facts = until === undefined ? {} : { until };
  return decide(ctx, caller, { action: 'user.suspend', targetId: userId, reason, facts });
}

/** Ends a suspension. @throws forbidden, decision_open, not_found */
export async function restoreUser(
  ctx: Context,
  caller: StaffCaller,
  { userId, reason }: Decision,
): Promise<Decided<AnswerOf<'user.restore'>>> {
  await assertWorksIn(ctx.db, caller);
  return decide(ctx, caller, { action: 'user.restore', targetId: userId, reason, facts: {} });
}

/** Ends every session of a person. @throws decision_open, not_found */
export async function signOutUser(
  ctx: Context,
  caller: StaffCaller,
  { userId, reason }: Decision,
): Promise<Decided<AnswerOf<'user.sign_out'>>> {
  return decide(ctx, caller, { action: 'user.sign_out', targetId: userId, reason, facts: {} });
}
