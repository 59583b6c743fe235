import { RawJson, composeJson } from '#platform/raw-json';
import type { components } from '#openapi/financial';
import type { Context } from '../context.ts';
import { presentSafeToSpend } from '../helpers/present-safe-to-spend.ts';
import { presentTransfer } from '../helpers/present-transfer.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as moneyScreen from '../services/money-screen.ts';
import { horizonDays } from '../services/safe-to-spend.ts';

type Schemas = components['schemas'];

export function moneyScreenControllers(ctx: Context): Pick<FinancialHandlers, 'getMoneyScreen'> {
  return {
    getMoneyScreen: async ({ caller }) => {
      const { parts, transfers, accounts } = await moneyScreen.getMoneyScreen(ctx, caller);
      const now = ctx.clock.now();
      const until = new Date(now.getTime() + horizonDays * 86_400_000);
      const json = composeJson({
        safeToSpend: presentSafeToSpend(parts, { now, until }),
        transfers: { items: transfers.items.map(presentTransfer), nextCursor: transfers.nextCursor },
        accounts: new RawJson<Schemas['BankBalances']>(accounts),
      });
      return { status: 200, body: new RawJson<Schemas['MoneyScreen']>(json) };
    },
  };
}
