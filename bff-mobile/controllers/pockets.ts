import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';

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
  | 'reverseMovement';

export function pocketControllers({ financial }: Context): Pick<MobileHandlers, PocketOperation> {
  return {
    listPockets: forward(financial.listPockets),
    createPocket: forward(financial.createPocket),
    getPocket: forward(financial.getPocket),
    getPocketBalance: forward(financial.getPocketBalance),
    getPocketStatement: forward(financial.getPocketStatement),
    updatePocket: forward(financial.updatePocket),
    closePocket: forward(financial.closePocket),
    sharePocket: forward(financial.sharePocket),
    unsharePocket: forward(financial.unsharePocket),
    lockPocket: forward(financial.lockPocket),
    unlockPocket: forward(financial.unlockPocket),
    cancelUnlock: forward(financial.cancelUnlock),
    createContribution: forward(financial.createContribution),
    createPocketWithdrawal: forward(financial.createPocketWithdrawal),
    createPocketTransfer: forward(financial.createPocketTransfer),
    listMovements: forward(financial.listMovements),
    listMilestones: forward(financial.listMilestones),
    reverseMovement: forward(financial.reverseMovement),
  };
}
