import type { components } from '#openapi/financial';
import type { Context } from '../context.ts';
import { presentMoney, presentTime } from '../helpers/present-money.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import type { TransferFacts } from '../services/facts.ts';
import * as books from '../services/ledger-books.ts';
import type { EntryFacts, KindSum } from '../services/ledger-books.ts';

type Schemas = components['schemas'];

export function ledgerBookControllers(
  ctx: Context,
): Pick<FinancialHandlers, 'listTransfersForStaff' | 'getTrialBalance' | 'listLedgerEntries'> {
  return {
    listTransfersForStaff: async ({ query: { status, limit = 20, cursor } }) => {
      const { items, nextCursor } = await books.listTransfersForStaff(ctx, { status, limit, cursor });
      return { status: 200, body: { items: items.map(presentStaffTransfer), nextCursor } };
    },

    getTrialBalance: async () => ({
      status: 200,
      body: { currencies: presentSums(await books.getTrialBalance(ctx)), asOf: ctx.clock.now().toISOString() },
    }),

    listLedgerEntries: async ({ path, query: { limit = 20, cursor } }) => {
      const { account, items, nextCursor } = await books.listLedgerEntries(ctx, { ...path, limit, cursor });
      const entries = items.map((entry) => presentEntry(entry, account.currency));
      return { status: 200, body: { account, items: entries, nextCursor } };
    },
  };
}

function presentStaffTransfer(facts: TransferFacts): Schemas['StaffTransfer'] {
  const { id, ownerId, direction, status, accountId, reason, valueDate = null } = facts;
  return {
    id,
    userId: ownerId,
    direction,
    status,
    accountId,
    amount: presentMoney(facts.amountMinor, facts.currency),
    reason,
    valueDate,
    createdAt: presentTime(facts.createdAt),
    updatedAt: presentTime(facts.updatedAt),
  };
}

/** The kinds of each currency, and what they come to. */
function presentSums(sums: KindSum[]): Schemas['TrialBalance']['currencies'] {
  return [...new Set(sums.map(({ currency }) => currency))].map((currency) => {
    const kinds = sums.filter((sum) => sum.currency === currency).map(({ currency: _currency, ...kind }) => kind);
    const totalMinor = kinds.reduce((total, { balanceMinor }) => total + balanceMinor, 0);
    return { currency, isBalanced: totalMinor === 0, totalMinor, kinds };
  });
}

function presentEntry({ amountMinor, ...entry }: EntryFacts, currency: string): Schemas['LedgerEntry'] {
  return { ...entry, amount: presentMoney(amountMinor, currency) };
}
