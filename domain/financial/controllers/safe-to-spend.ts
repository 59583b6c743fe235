import type { Context } from '../context.ts';
import { presentSafeToSpend } from '../helpers/present-safe-to-spend.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import { horizonDays, listSpendParts } from '../services/safe-to-spend.ts';

export function safeToSpendControllers(ctx: Context): Pick<FinancialHandlers, 'getSafeToSpend'> {
  return {
    getSafeToSpend: async ({ caller }) => {
      const now = ctx.clock.now();
      const until = new Date(now.getTime() + horizonDays * 86_400_000);
      return { status: 200, body: presentSafeToSpend(await listSpendParts(ctx, caller), { now, until }) };
    },
  };
}
