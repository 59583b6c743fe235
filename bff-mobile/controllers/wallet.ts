import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';
import { assertSteppedUp } from '../services/step-up.ts';

type WalletOperation = 'getWallet' | 'createDeposit' | 'createWalletWithdrawal' | 'listTransfers' | 'getTransfer';

export function walletControllers(ctx: Context, stepUpAboveUnits: number): Pick<MobileHandlers, WalletOperation> {
  const { financial } = ctx;
  const sendMoney = forward(financial.createWalletWithdrawal);
  return {
    getWallet: forward(financial.getWallet),
    createDeposit: forward(financial.createDeposit),
    createWalletWithdrawal: async (call) => {
      await assertSteppedUp(ctx, call.caller.session, call.headers['x-step-up'], call.body.amount, stepUpAboveUnits);
      return sendMoney(call);
    },
    listTransfers: forward(financial.listTransfers),
    getTransfer: forward(financial.getTransfer),
  };
}
