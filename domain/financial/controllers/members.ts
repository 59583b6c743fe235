import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { presentPending } from '../helpers/present-approval.ts';
import { presentDeparture, presentMember } from '../helpers/present-member.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as members from '../services/members.ts';

type MemberOperation =
  'listPocketMembers' | 'updatePocketMember' | 'deletePocketMember' | 'getPocketPolicy' | 'putPocketPolicy';

export function memberControllers(ctx: Context): Pick<FinancialHandlers, MemberOperation> {
  return {
    listPocketMembers: async ({ caller, path, query: { limit = 20, cursor } }) => {
      const { items, nextCursor } = await members.listPocketMembers(ctx, caller, { ...path, limit, cursor });
      return { status: 200, body: { items: items.map(presentMember), nextCursor } };
    },

    updatePocketMember: async ({ caller, path: { pocketId, userId }, body: { role } }) => {
      const member = await members.updatePocketMember(ctx, caller, { pocketId, memberId: userId, role });
      return { status: 200, body: presentMember(member) };
    },

    deletePocketMember: async ({ caller, path: { pocketId, userId }, headers }) => {
      const leaving = { key: headers['idempotency-key'], pocketId, memberId: userId };
      const { facts, replayed } = await members.deletePocketMember(ctx, caller, leaving);
      return { status: 200, body: presentDeparture(facts), headers: replayedHeader({ replayed }) };
    },

    getPocketPolicy: async ({ caller, path }) => {
      const policy = await members.getPocketPolicy(ctx, caller, path.pocketId);
      if (!policy) throw notFound();
      return { status: 200, body: policy };
    },

    putPocketPolicy: async ({ caller, path, body }) => {
      const put = await members.putPocketPolicy(ctx, caller, { ...path, ...body });
      return 'asked' in put ? presentPending(put, ctx.clock.now()) : { status: 200, body: put.facts };
    },
  };
}
