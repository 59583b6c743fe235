import type { Context } from '../context.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import type { AnswerOf } from './decision-kinds.ts';
import { decide } from './decisions.ts';
import type { Decided } from './decisions.ts';
import { assertWorksIn } from './queues.ts';

/** Takes a post down that nobody needs to have reported. @throws forbidden, unknown_rule, decision_open, not_found */
export async function removePost(
  ctx: Context,
  caller: StaffCaller,
  { postId, reason, ruleIds = [] }: { postId: string; reason: string; ruleIds?: string[] | undefined },
): Promise<Decided<AnswerOf<'post.remove'>>> {
  await assertWorksIn(ctx.db, caller);
  return decide(ctx, caller, { action: 'post.remove', targetId: postId, reason, facts: { ruleIds } });
}

/** Puts a removed post back, with its counts, and lifts the sanction. @throws forbidden, decision_open, not_found */
export async function restorePost(
  ctx: Context,
  caller: StaffCaller,
  { postId, reason }: { postId: string; reason: string },
): Promise<Decided<AnswerOf<'post.restore'>>> {
  await assertWorksIn(ctx.db, caller);
  return decide(ctx, caller, { action: 'post.restore', targetId: postId, reason, facts: {} });
}
