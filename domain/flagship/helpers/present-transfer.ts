import type { components } from '#openapi/flagship';
import type { TransferRow } from '../services/transfers.ts';

type BankTransfer = components['schemas']['BankTransfer'];

export function presentTransfer(transfer: TransferRow): BankTransfer {
  const { id, status, sequence, reason, direction, amountMinor, currency, accountId, valueDate, updatedAt } = transfer;
  return {
    id,
    status: status as BankTransfer['status'],
    sequence,
    reason,
    direction: direction as BankTransfer['direction'],
    amount: { amountMinor: Number(amountMinor), currency },
    accountId,
    valueDate: presentDay(valueDate),
    updatedAt: updatedAt.toISOString(),
  };
}

export function presentDay(day: Date | null): string | null {
  return day && day.toISOString().slice(0, 10);
}
