import type { Context } from '../context.ts';
import type { AdminHandlers } from '../routes/handlers.ts';
import * as money from '../services/money.ts';

type MoneyOperation =
  | 'getTrialBalance'
  | 'listLedgerEntries'
  | 'listTransfers'
  | 'listReconciliations'
  | 'createReconciliation'
  | 'getReconciliation'
  | 'listReconciliationBreaks'
  | 'resolveReconciliationBreak'
  | 'getProviderHealth';

export function moneyControllers(ctx: Context): Pick<AdminHandlers, MoneyOperation> {
  return {
    getTrialBalance: async ({ caller }) => ({ status: 200, body: await money.getTrialBalance(ctx, caller) }),
    listLedgerEntries: async ({ caller, path, query }) => ({
      status: 200,
      body: await money.listLedgerEntries(ctx, caller, { ...path, query }),
    }),
    listTransfers: async ({ caller, query }) => ({ status: 200, body: await money.listTransfers(ctx, caller, query) }),
    listReconciliations: async ({ caller, query }) => ({
      status: 200,
      body: await money.listReconciliations(ctx, caller, query),
    }),
    createReconciliation: async ({ caller, body }) => {
      const decided = await money.createReconciliation(ctx, caller, body);
      const { decisionId, outcome } = decided;
      const reconciliation = decided.outcome === 'done' ? decided.answer : null;
      return { status: 202, body: { decisionId, outcome, reconciliation } };
    },
    getReconciliation: async ({ caller, path }) => ({
      status: 200,
      body: await money.getReconciliation(ctx, caller, path.reconciliationId),
    }),
    listReconciliationBreaks: async ({ caller, query }) => ({
      status: 200,
      body: await money.listReconciliationBreaks(ctx, caller, query),
    }),
    resolveReconciliationBreak: async ({ caller, path, body }) => {
      const decided = await money.resolveReconciliationBreak(ctx, caller, { ...path, ...body });
      const { decisionId, outcome } = decided;
      if (decided.outcome === 'pending') return { status: 202, body: { decisionId, outcome, break: null } };
      return { status: 200, body: { decisionId, outcome, break: decided.answer } };
    },
    getProviderHealth: async ({ caller }) => ({ status: 200, body: await money.getProviderHealth(ctx, caller) }),
  };
}
