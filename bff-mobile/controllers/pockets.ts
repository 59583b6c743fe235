import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';
import { assertMayAct } from '../services/may-act.ts';
import { assertPeopleInSight } from '../services/people-in-sight.ts';
import { updatePocket } from '../services/pocket-image.ts';

type PocketOperation =
  | 'listPockets'
  | 'createPocket'
  | 'getPocket'
  | 'getPocketBalance'
  | 'getPocketStatement'
  | 'updatePocket'
  | 'closePocket'
  | 'sharePocket'
  | 'unsharePocket'
  | 'createContribution'
  | 'createPocketWithdrawal'
  | 'createPocketTransfer'
  | 'lockPocket'
  | 'unlockPocket'
  | 'cancelUnlock'
  | 'listMovements'
  | 'listMilestones'
  | 'reverseMovement'
  | 'coverTransaction'
  | 'getCover'
  | 'getPreferences'
  | 'putPreferences';

export function pocketControllers(ctx: Context): Pick<MobileHandlers, PocketOperation> {
  const { financial } = ctx;
  const [lock, share] = [forward(financial.lockPocket), forward(financial.sharePocket)];
  return {
    listPockets: forward(financial.listPockets),
    createPocket: forward(financial.createPocket),
    getPocket: forward(financial.getPocket),
    getPocketBalance: forward(financial.getPocketBalance),
    getPocketStatement: forward(financial.getPocketStatement),
    updatePocket: (call) => updatePocket(ctx, call),
    closePocket: forward(financial.closePocket),
    sharePocket: async (call) => {
      await assertMayAct(ctx, call.caller.userId);
      return share(call);
    },
    unsharePocket: forward(financial.unsharePocket),
    lockPocket: async (call) => {
      const { guardianId } = call.body;
      if (guardianId !== undefined) await assertPeopleInSight(ctx, call.caller.userId, [guardianId]);
      return lock(call);
    },
    unlockPocket: forward(financial.unlockPocket),
    cancelUnlock: forward(financial.cancelUnlock),
    createContribution: forward(financial.createContribution),
    createPocketWithdrawal: forward(financial.createPocketWithdrawal),
    createPocketTransfer: forward(financial.createPocketTransfer),
    listMovements: forward(financial.listMovements),
    listMilestones: forward(financial.listMilestones),
    reverseMovement: forward(financial.reverseMovement),
    coverTransaction: forward(financial.coverTransaction),
    getCover: forward(financial.getCover),
    getPreferences: forward(financial.getPreferences),
    putPreferences: forward(financial.putPreferences),
  };
}
