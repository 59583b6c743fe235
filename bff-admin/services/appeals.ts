import type { operations } from '#openapi/social';
import type { Context } from '../context.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';
import type { AnswerOf } from './decision-kinds.ts';
import { decide } from './decisions.ts';
import type { Decided } from './decisions.ts';
import { assertWorksIn } from './queues.ts';

type Query = NonNullable<operations['listAppeals']['parameters']['query']>;

/** What people appeal against, newest first. The look is written down first. @throws forbidden outside of one's queues */
export async function listAppeals(ctx: Pick<Context, 'db' | 'social'>, caller: StaffCaller, query: Query) {
  await assertWorksIn(ctx.db, caller, 'appeals');
  await writeAuditEvent(ctx.db, caller, { action: 'appeal.list', details: { status: query.status ?? null } });
  return (await ctx.social.listAppeals({ caller: { staffId: caller.oid }, query })).body;
}

/** Decides on an appeal; never on one against an own decision. @throws same_moderator, appeal_decided, decision_open, not_found */
export async function decideAppeal(
  ctx: Context,
  caller: StaffCaller,
  { appealId, outcome, reason }: { appealId: string; outcome: 'upheld' | 'overturned'; reason: string },
): Promise<Decided<AnswerOf<'appeal.decide'>>> {
  await assertWorksIn(ctx.db, caller, 'appeals');
  return decide(ctx, caller, { action: 'appeal.decide', targetId: appealId, reason, facts: { outcome } });
}
