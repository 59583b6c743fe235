import type { Context } from '../context.ts';
import { presentBreak, presentReconciliation } from '../helpers/present-reconciliation.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as reconciliations from '../services/reconciliations.ts';

type Operations =
  | 'createReconciliation'
  | 'listReconciliations'
  | 'getReconciliation'
  | 'listReconciliationBreaks'
  | 'resolveReconciliationBreak';

export function reconciliationControllers(ctx: Context): Pick<FinancialHandlers, Operations> {
  return {
    createReconciliation: async ({ caller, body }) => ({
      status: 202,
      body: presentReconciliation(await reconciliations.createReconciliation(ctx, caller, body)),
    }),

    listReconciliations: async ({ query: { limit = 20, cursor } }) => {
      const { items, nextCursor } = await reconciliations.listReconciliations(ctx, { limit, cursor });
      return { status: 200, body: { items: items.map(presentReconciliation), nextCursor } };
    },

    getReconciliation: async ({ path }) => ({
      status: 200,
      body: presentReconciliation(await reconciliations.getReconciliation(ctx, path.reconciliationId)),
    }),

    listReconciliationBreaks: async ({ query: { status, limit = 20, cursor } }) => {
      const { items, nextCursor } = await reconciliations.listReconciliationBreaks(ctx, { status, limit, cursor });
      const now = ctx.clock.now();
      return { status: 200, body: { items: items.map((row) => presentBreak(row, now)), nextCursor } };
    },

    resolveReconciliationBreak: async ({ caller, path, body }) => {
      const resolved = await reconciliations.resolveReconciliationBreak(ctx, caller, { ...path, ...body });
      return { status: 200, body: presentBreak(resolved, ctx.clock.now()) };
    },
  };
}
