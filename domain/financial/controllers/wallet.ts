import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { presentMoney } from '../helpers/present-money.ts';
import { presentTransfer } from '../helpers/present-transfer.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import type { TransferFacts } from '../services/facts.ts';
import type { Booked } from '../services/ledger.ts';
import * as transfers from '../services/transfers.ts';
import * as wallet from '../services/wallet.ts';
import { requireKey } from '../validation/idempotency-key.ts';

export function walletControllers(
  ctx: Context,
): Pick<FinancialHandlers, 'getWallet' | 'createDeposit' | 'createWalletWithdrawal'> {
  return {
    getWallet: async ({ caller }) => {
      const wallets = await wallet.getWallet(ctx, caller);
      return {
        status: 200,
        body: {
          balances: wallets.map(({ balanceMinor, currency }) => presentMoney(balanceMinor, currency)),
          available: wallets.map(({ balanceMinor, reservedMinor, currency }) =>
            presentMoney(balanceMinor - reservedMinor, currency),
          ),
          pending: wallets.map(({ reservedMinor, currency }) => presentMoney(reservedMinor, currency)),
        },
      };
    },

    createDeposit: async ({ caller, headers, body: { accountId, amount } }) =>
      accepted(await transfers.createDeposit(ctx, caller, { key: requireKey(headers), accountId, ...amount })),

    createWalletWithdrawal: async ({ caller, headers, body: { accountId, amount } }) =>
      accepted(await transfers.createWalletWithdrawal(ctx, caller, { key: requireKey(headers), accountId, ...amount })),
  };
}

function accepted({ facts, replayed }: Booked<TransferFacts>) {
  return { status: 202, body: { transfer: presentTransfer(facts) }, headers: replayedHeader({ replayed }) } as const;
}
