import type { Context } from '../context.ts';
import { presentSafeToSpend, spendTag } from '../helpers/present-safe-to-spend.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import { horizonDays, listSpendParts } from '../services/safe-to-spend.ts';

export function safeToSpendControllers(ctx: Context): Pick<FinancialHandlers, 'getSafeToSpend'> {
  return {
    getSafeToSpend: async ({ caller }) => {
      const now = ctx.clock.now();
      const until = new Date(now.getTime() + horizonDays * 86_400_000);
      const parts = await listSpendParts(ctx, caller);
      return { status: 200, body: presentSafeToSpend(parts, { now, until }), etag: spendTag(caller.userId, parts) };
    },
  };
}
