import type { Context } from '../context.ts';
import type { FlagshipHandlers } from '../routes/handlers.ts';
import { exportPerson } from '../services/export.ts';
import { erasePerson } from '../services/leaving.ts';

export function leavingControllers(ctx: Context): Pick<FlagshipHandlers, 'erasePerson' | 'exportPerson'> {
  return {
    erasePerson: async ({ path, body }) => {
      await erasePerson(ctx, { ...path, ...body });
      return { status: 204 };
    },

    exportPerson: async ({ path, query: { limit = 500, cursor } }) => ({
      status: 200,
      body: await exportPerson(ctx, path.userId, { limit, cursor }),
    }),
  };
}
