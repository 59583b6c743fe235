import type { Context } from '../context.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import { exportPerson } from '../services/export.ts';
import * as leaving from '../services/leaving.ts';
import { assertSocial } from '../validation/social-caller.ts';

export function leavingControllers(
  ctx: Context,
): Pick<FinancialHandlers, 'getClosingBlockers' | 'erasePerson' | 'exportPerson'> {
  return {
    getClosingBlockers: async ({ path }) => ({
      status: 200,
      body: { blockers: await leaving.getClosingBlockers(ctx, path.userId) },
    }),

    erasePerson: async ({ caller, path, body }) => {
      assertSocial(caller);
      await leaving.erasePerson(ctx, { personId: path.userId, ...body });
      return { status: 204 };
    },

    exportPerson: async ({ caller, path, query: { limit = 500, cursor } }) => {
      assertSocial(caller);
      return { status: 200, body: await exportPerson(ctx, path.userId, { limit, cursor }) };
    },
  };
}
