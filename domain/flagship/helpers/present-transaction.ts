import type { components } from '#openapi/flagship';
import type { TransactionRow } from '../services/transactions.ts';

export function presentTransaction(row: TransactionRow): components['schemas']['Transaction'] {
  return {
    id: row.id,
    originId: row.originId,
    accountId: row.accountId,
    amount: { amountMinor: Number(row.amountMinor), currency: row.currency },
    description: row.description,
    bookedOn: row.bookedOn.toISOString().slice(0, 10),
    pending: row.pending,
    category: row.category,
    categoryFrom: row.categoryFrom,
    note: row.note,
    possibleDuplicate: row.possibleDuplicate,
  };
}
