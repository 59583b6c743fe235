import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { presentInvitation } from '../helpers/present-invitation.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import type { InvitationFacts } from '../services/facts.ts';
import * as invitations from '../services/invitations.ts';

type InvitationOperation =
  | 'createInvitation'
  | 'listPocketInvitations'
  | 'listInvitations'
  | 'withdrawInvitation'
  | 'acceptInvitation'
  | 'declineInvitation';

export function invitationControllers(ctx: Context): Pick<FinancialHandlers, InvitationOperation> {
  const present = (facts: InvitationFacts) => presentInvitation(facts, ctx.clock.now());
  return {
    createInvitation: async ({ caller, path, headers, body: { userId, role } }) => {
      const invitation = { key: headers['idempotency-key'], ...path, inviteeId: userId, role };
      const { facts, replayed } = await invitations.createInvitation(ctx, caller, invitation);
      const asOf = new Date(facts.createdAt); // so that a replay says the same
      return { status: 201, body: presentInvitation(facts, asOf), headers: replayedHeader({ replayed }) };
    },

    listPocketInvitations: async ({ caller, path, query: { limit = 20, cursor } }) => {
      const { items, nextCursor } = await invitations.listPocketInvitations(ctx, caller, { ...path, limit, cursor });
      return { status: 200, body: { items: items.map(present), nextCursor } };
    },

    listInvitations: async ({ caller, query: { limit = 20, cursor } }) => {
      const { items, nextCursor } = await invitations.listInvitations(ctx, caller, { limit, cursor });
      return { status: 200, body: { items: items.map(present), nextCursor } };
    },

    withdrawInvitation: async ({ caller, path }) => {
      await invitations.withdrawInvitation(ctx, caller, path.invitationId);
      return { status: 204 };
    },

    acceptInvitation: async ({ caller, path }) => ({
      status: 200,
      body: present(await invitations.acceptInvitation(ctx, caller, path.invitationId)),
    }),

    declineInvitation: async ({ caller, path }) => ({
      status: 200,
      body: present(await invitations.declineInvitation(ctx, caller, path.invitationId)),
    }),
  };
}
