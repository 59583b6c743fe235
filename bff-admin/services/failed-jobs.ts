import { listFailedJobs as listOwnFailedJobs } from '#platform/failed-jobs';
import type { PageRequest } from '#platform/page';
import type { components } from '#openapi/bff-admin';
import type { Context } from '../context.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';

type Wanted = PageRequest & { service: components['schemas']['JobOwner'] };

/** The jobs that a service has given up, newest first. */
export async function listFailedJobs(ctx: Context, caller: StaffCaller, { service, ...query }: Wanted) {
  if (service === 'bff-admin') return listOwnFailedJobs(ctx.db, 'admin_jobs', query);
  const asked = { caller: { staffId: caller.oid }, query: { limit: query.limit, ...(query.cursor !== undefined && { cursor: query.cursor }) } }; // prettier-ignore
  switch (service) {
    case 'social':
      return (await ctx.social.listFailedJobs(asked)).body;
    case 'financial':
      return (await ctx.financial.listFailedJobs(asked)).body;
    case 'flagship':
      return (await ctx.flagship.listFailedJobs(asked)).body;
  }
}
