import type { components } from '#openapi/flagship';
import type { ProviderTransfer } from '../provider/provider.ts';
import type { TransferRow } from '../services/transfers.ts';
import { presentDay } from './present-transfer.ts';

type Side = components['schemas']['TransferSide'];
export type TransferFact = components['schemas']['TransferFact'];

/** A transfer as it is kept here. */
export function keptSide(row: TransferRow): Side {
  return {
    status: row.status as Side['status'],
    direction: row.direction as Side['direction'],
    amount: { amountMinor: Number(row.amountMinor), currency: row.currency },
    valueDate: presentDay(row.valueDate),
    returnValueDate: presentDay(row.returnValueDate),
    changedAt: row.updatedAt.toISOString(),
    isTold: row.toldSequence >= row.sequence,
  };
}

/** A transfer as the provider tells it. */
export function providerSide(transfer: ProviderTransfer): Side {
  const { status, direction, amountMinor, currency, valueDate, returnValueDate, settledAt, returnedAt } = transfer;
  const changedAt = (returnedAt ?? settledAt)?.toISOString() ?? null;
  return { status, direction, amount: { amountMinor, currency }, valueDate, returnValueDate, changedAt };
}
