import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';

type PocketOperation =
  | 'listPockets'
  | 'createPocket'
  | 'getPocket'
  | 'updatePocket'
  | 'closePocket'
  | 'createContribution'
  | 'createPocketWithdrawal'
  | 'createPocketTransfer'
  | 'listMovements'
  | 'reverseMovement';

export function pocketControllers({ financial }: Context): Pick<MobileHandlers, PocketOperation> {
  return {
    listPockets: forward(financial.listPockets),
    createPocket: forward(financial.createPocket),
    getPocket: forward(financial.getPocket),
    updatePocket: forward(financial.updatePocket),
    closePocket: forward(financial.closePocket),
    createContribution: forward(financial.createContribution),
    createPocketWithdrawal: forward(financial.createPocketWithdrawal),
    createPocketTransfer: forward(financial.createPocketTransfer),
    listMovements: forward(financial.listMovements),
    reverseMovement: forward(financial.reverseMovement),
  };
}
