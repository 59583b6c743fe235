import { listFailedJobs } from '#platform/failed-jobs';
import type { Context } from '../context.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import { getStaffFigures } from '../services/staff-figures.ts';

export function staffFigureControllers(
  ctx: Pick<Context, 'db' | 'clock'>,
): Pick<SocialHandlers, 'getStaffFigures' | 'listFailedJobs'> {
  return {
    getStaffFigures: async ({ query }) => ({
      status: 200,
      body: await getStaffFigures(ctx, new Date(query.newFrom)),
    }),
    listFailedJobs: async ({ query }) => ({ status: 200, body: await listFailedJobs(ctx.db, 'social_jobs', query) }),
  };
}
