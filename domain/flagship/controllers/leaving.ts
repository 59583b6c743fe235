import type { Context } from '../context.ts';
import type { FlagshipHandlers } from '../routes/handlers.ts';
import { exportPerson } from '../services/export.ts';
import { erasePerson } from '../services/leaving.ts';
import { assertSocial } from '../validation/social-caller.ts';

export function leavingControllers(ctx: Context): Pick<FlagshipHandlers, 'erasePerson' | 'exportPerson'> {
  return {
    erasePerson: async ({ caller, path, body }) => {
      assertSocial(caller);
      await erasePerson(ctx, { ...path, ...body });
      return { status: 204 };
    },

    exportPerson: async ({ caller, path, query: { limit = 500, cursor } }) => {
      assertSocial(caller);
      return { status: 200, body: await exportPerson(ctx, path.userId, { limit, cursor }) };
    },
  };
}
