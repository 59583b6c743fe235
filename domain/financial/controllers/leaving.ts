import type { Context } from '../context.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import { exportPerson } from '../services/export.ts';
import * as leaving from '../services/leaving.ts';

export function leavingControllers(
  ctx: Context,
): Pick<FinancialHandlers, 'getClosingBlockers' | 'erasePerson' | 'exportPerson'> {
  return {
    getClosingBlockers: async ({ path }) => ({
      status: 200,
      body: { blockers: await leaving.getClosingBlockers(ctx, path.userId) },
    }),

    erasePerson: async ({ path, body }) => {
      await leaving.erasePerson(ctx, { personId: path.userId, ...body });
      return { status: 204 };
    },

    exportPerson: async ({ path, query: { limit = 500, cursor } }) => ({
      status: 200,
      body: await exportPerson(ctx, path.userId, { limit, cursor }),
    }),
  };
}
