import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { presentProposal } from '../helpers/present-proposal.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import type { AdminHandlers } from '../routes/handlers.ts';
import { listProposals } from '../services/proposal-list.ts';
import * as proposals from '../services/proposals.ts';
import type { Proposed } from '../services/proposal-kinds.ts';
import type { ProposalRow } from '../services/proposal-rows.ts';

type ProposalOperation =
  | 'proposeMoneyFreeze'
  | 'proposeMoneyUnfreeze'
  | 'createProposal'
  | 'listProposals'
  | 'getProposal'
  | 'approveProposal'
  | 'rejectProposal'
  | 'withdrawProposal';

export function proposalControllers(ctx: Context): Pick<AdminHandlers, ProposalOperation> {
  const present = (row: ProposalRow) => presentProposal(row, ctx.clock.now());
  const propose = async (
    caller: StaffCaller,
    proposed: Proposed,
    named: { key: string | undefined; operation: string },
  ) => {
    const made = await proposals.createProposal(ctx, caller, { ...proposed, ...named });
    return { status: 202 as const, body: made.body, headers: replayedHeader(made) };
  };
  return {
    proposeMoneyFreeze: ({ caller, path: payload, body, headers }) =>
      propose(
        caller,
        { kind: 'money_freeze', payload, ...body },
        { key: headers['idempotency-key'], operation: 'proposeMoneyFreeze' },
      ),
    proposeMoneyUnfreeze: ({ caller, path: payload, body, headers }) =>
      propose(
        caller,
        { kind: 'money_unfreeze', payload, ...body },
        { key: headers['idempotency-key'], operation: 'proposeMoneyUnfreeze' },
      ),
    createProposal: ({ caller, body, headers }) =>
      propose(caller, body, { key: headers['idempotency-key'], operation: 'createProposal' }),
    listProposals: async ({ caller, query: { limit = 20, ...filter } }) => {
      const page = await listProposals(ctx, caller, { limit, ...filter });
      return { status: 200, body: { items: page.items.map(present), nextCursor: page.nextCursor } };
    },
    getProposal: async ({ caller, path }) => ({
      status: 200,
      body: present(await proposals.getProposal(ctx, caller, path.proposalId)),
    }),
    approveProposal: async ({ caller, path, body }) => {
      const row = await proposals.approveProposal(ctx, caller, { ...path, ...body });
      return { status: row.status === 'executing' ? 202 : 200, body: present(row) };
    },
    rejectProposal: async ({ caller, path, body }) => ({
      status: 200,
      body: present(await proposals.rejectProposal(ctx, caller, { ...path, ...body })),
    }),
    withdrawProposal: async ({ caller, path, body }) => ({
      status: 200,
      body: present(await proposals.withdrawProposal(ctx, caller, { ...path, ...body })),
    }),
  };
}
