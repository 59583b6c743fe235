import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';
import { assertSteppedUp } from '../services/step-up.ts';

type WalletOperation =
  | 'getWallet'
  | 'getWalletStatement'
  | 'getSafeToSpend'
  | 'createDeposit'
  | 'createWalletWithdrawal'
  | 'listTransfers'
  | 'getTransfer'
  | 'cancelTransfer';

export function walletControllers(ctx: Context, stepUpAboveUnits: number): Pick<MobileHandlers, WalletOperation> {
  const { financial } = ctx;
  const sendMoney = forward(financial.createWalletWithdrawal);
  return {
    getWallet: forward(financial.getWallet),
    getWalletStatement: forward(financial.getWalletStatement),
    getSafeToSpend: forward(financial.getSafeToSpend),
    createDeposit: forward(financial.createDeposit),
    createWalletWithdrawal: async (call) => {
      const { amount } = call.body;
      const withdrawal = { token: call.headers['x-step-up'], amount, aboveUnits: stepUpAboveUnits };
      await assertSteppedUp(ctx, call.caller.session, withdrawal);
      return sendMoney(call);
    },
    listTransfers: forward(financial.listTransfers),
    getTransfer: forward(financial.getTransfer),
    cancelTransfer: forward(financial.cancelTransfer),
  };
}
