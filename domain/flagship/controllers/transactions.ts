import type { Context } from '../context.ts';
import { presentTransaction } from '../helpers/present-transaction.ts';
import { transactionTag } from '../helpers/transaction-tag.ts';
import type { FlagshipHandlers } from '../routes/handlers.ts';
import * as transactions from '../services/transactions.ts';

export function transactionControllers(
  ctx: Context,
): Pick<FlagshipHandlers, 'listTransactions' | 'getTransaction' | 'updateTransaction'> {
  const answer = (row: transactions.TransactionRow, userId: string) =>
    ({ status: 200, body: presentTransaction(row), etag: transactionTag(row, userId) }) as const;

  return {
    listTransactions: async ({ caller, path, query }) => {
      const page = { ...path, ...query, limit: query.limit ?? 20 };
      const { items, nextCursor } = await transactions.listTransactions(ctx, caller, page);
      return { status: 200, body: { items: items.map(presentTransaction), nextCursor } };
    },
    getTransaction: async ({ caller, path }) =>
      answer(await transactions.getTransaction(ctx, caller, path.transactionId), caller.userId),
    updateTransaction: async ({ caller, path, headers, body: change }) =>
      answer(
        await transactions.updateTransaction(ctx, caller, { ...path, ifMatch: headers['if-match'], change }),
        caller.userId,
      ),
  };
}
