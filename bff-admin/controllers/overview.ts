import type { Context } from '../context.ts';
import { presentDashboard } from '../helpers/present-dashboard.ts';
import type { AdminHandlers } from '../routes/handlers.ts';
import { getDashboard } from '../services/dashboard.ts';
import { listFailedJobs } from '../services/failed-jobs.ts';

export function overviewControllers(ctx: Context): Pick<AdminHandlers, 'getDashboard' | 'listFailedJobs'> {
  return {
    getDashboard: async ({ caller }) => ({ status: 200, body: presentDashboard(await getDashboard(ctx, caller)) }),
    listFailedJobs: async ({ caller, query: { limit = 20, ...wanted } }) => ({
      status: 200,
      body: await listFailedJobs(ctx, caller, { ...wanted, limit }),
    }),
  };
}
