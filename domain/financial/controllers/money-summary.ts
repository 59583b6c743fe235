import type { Context } from '../context.ts';
import { presentMoneySummary } from '../helpers/present-money-summary.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as moneySummary from '../services/money-summary.ts';

export function moneySummaryControllers(ctx: Context): Pick<FinancialHandlers, 'getMoneySummary'> {
  return {
    getMoneySummary: async ({ path: { userId } }) => {
      const facts = await moneySummary.getMoneySummary(ctx, userId);
      return { status: 200, body: presentMoneySummary(userId, facts, ctx.clock.now()) };
    },
  };
}
