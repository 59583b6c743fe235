import type { Context } from '../context.ts';
import { presentTime } from '../helpers/present-money.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as milestones from '../services/milestones.ts';

export function milestoneControllers(ctx: Context): Pick<FinancialHandlers, 'listMilestones'> {
  return {
    listMilestones: async ({ caller, path }) => {
      const reached = await milestones.listMilestones(ctx, caller, path.pocketId);
      const items = reached.map(({ percent, reachedAt }) => ({ percent, reachedAt: presentTime(reachedAt) }));
      return { status: 200, body: { items } };
    },
  };
}
