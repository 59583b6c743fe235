import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';
import { assertMayAsk } from '../services/may-act.ts';

type MemberOperation =
  | 'listPocketMembers'
  | 'updatePocketMember'
  | 'deletePocketMember'
  | 'createInvitation'
  | 'listPocketInvitations'
  | 'listInvitations'
  | 'withdrawInvitation'
  | 'acceptInvitation'
  | 'declineInvitation'
  | 'getPocketPolicy'
  | 'putPocketPolicy'
  | 'listApprovals'
  | 'approveApproval'
  | 'rejectApproval'
  | 'cancelApproval';

export function pocketMemberControllers(ctx: Context): Pick<MobileHandlers, MemberOperation> {
  const { financial } = ctx;
  const invite = forward(financial.createInvitation);
  return {
    createInvitation: async (call) => {
      await assertMayAsk(ctx, call.caller.userId, [call.body.userId]);
      return invite(call);
    },
    listPocketMembers: forward(financial.listPocketMembers),
    updatePocketMember: forward(financial.updatePocketMember),
    deletePocketMember: forward(financial.deletePocketMember),
    listPocketInvitations: forward(financial.listPocketInvitations),
    listInvitations: forward(financial.listInvitations),
    withdrawInvitation: forward(financial.withdrawInvitation),
    acceptInvitation: forward(financial.acceptInvitation),
    declineInvitation: forward(financial.declineInvitation),
    getPocketPolicy: forward(financial.getPocketPolicy),
    putPocketPolicy: forward(financial.putPocketPolicy),
    listApprovals: forward(financial.listApprovals),
    approveApproval: forward(financial.approveApproval),
    rejectApproval: forward(financial.rejectApproval),
    cancelApproval: forward(financial.cancelApproval),
  };
}
