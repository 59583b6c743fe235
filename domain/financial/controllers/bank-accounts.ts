import type { Context } from '../context.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as bankAccounts from '../services/bank-accounts.ts';

export function bankAccountControllers(ctx: Context): Pick<FinancialHandlers, 'putBankAccounts'> {
  return {
    putBankAccounts: async ({ path, body: { connectionId, version, accounts } }) => {
      const news = accounts.map(({ accountId, ...account }) => ({ id: accountId, ...account }));
      await bankAccounts.putBankAccounts(ctx, path.userId, { connectionId, version, accounts: news });
      return { status: 204 };
    },
  };
}
