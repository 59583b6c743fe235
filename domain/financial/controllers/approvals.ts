import type { Context } from '../context.ts';
import { presentApproval } from '../helpers/present-approval.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import type { ApprovalFacts } from '../services/facts.ts';
import * as approvals from '../services/approvals.ts';

type ApprovalOperation = 'listApprovals' | 'approveApproval' | 'rejectApproval' | 'cancelApproval';

export function approvalControllers(ctx: Context): Pick<FinancialHandlers, ApprovalOperation> {
  const present = (facts: ApprovalFacts) => presentApproval(facts, ctx.clock.now());
  return {
    listApprovals: async ({ caller, path, query: { limit = 20, cursor } }) => {
      const { items, nextCursor } = await approvals.listApprovals(ctx, caller, { ...path, limit, cursor });
      return { status: 200, body: { items: items.map(present), nextCursor } };
    },

    approveApproval: async ({ caller, path }) => ({
      status: 200,
      body: present(await approvals.approveApproval(ctx, caller, path.approvalId)),
    }),

    rejectApproval: async ({ caller, path }) => ({
      status: 200,
      body: present(await approvals.rejectApproval(ctx, caller, path.approvalId)),
    }),

    cancelApproval: async ({ caller, path }) => ({
      status: 200,
      body: present(await approvals.cancelApproval(ctx, caller, path.approvalId)),
    }),
  };
}
