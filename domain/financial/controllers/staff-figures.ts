import { listFailedJobs } from '#platform/failed-jobs';
import type { Context } from '../context.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import { getStaffFigures } from '../services/staff-figures.ts';

export function staffFigureControllers(
  ctx: Pick<Context, 'db' | 'clock'>,
): Pick<FinancialHandlers, 'getStaffFigures' | 'listFailedJobs'> {
  return {
    getStaffFigures: async () => ({ status: 200, body: await getStaffFigures(ctx) }),
    listFailedJobs: async ({ query }) => ({ status: 200, body: await listFailedJobs(ctx.db, 'financial_jobs', query) }),
  };
}
