import type { Context } from '../context.ts';
import { presentBalances } from '../helpers/present-account.ts';
import { presentConnection } from '../helpers/present-connection.ts';
import { presentTransaction } from '../helpers/present-transaction.ts';
import type { FlagshipHandlers } from '../routes/handlers.ts';
import { getBankScreen } from '../services/bank-screen.ts';

export function bankScreenControllers(ctx: Context): Pick<FlagshipHandlers, 'getBankScreen'> {
  return {
    getBankScreen: async ({ caller }) => {
      const { connections, accounts, transactions } = await getBankScreen(ctx, caller);
      const now = ctx.clock.now();
      return {
        status: 200,
        body: {
          connections: { items: connections.map((row) => presentConnection(row, now, ctx.syncEveryMs)) },
          accounts: presentBalances(accounts, now),
          transactions: { items: transactions.map(presentTransaction) },
        },
      };
    },
  };
}
