import type { components } from '#openapi/flagship';
import type { Side } from './judge-transfer.ts';

type Schemas = components['schemas'];
export type TransferFact = Schemas['TransferFact'];

/** What flagship, or the provider through it, says of a transfer. */
export function sideOf({ status, direction, amount, changedAt, isTold }: Schemas['TransferSide']): Side {
  const sign = direction === 'deposit' ? 1 : -1;
  return {
    status,
    movedMinor: status === 'settled' ? sign * amount.amountMinor : 0,
    amountMinor: amount.amountMinor,
    currency: amount.currency,
    changedAt: changedAt === null ? null : new Date(changedAt),
    ...(isTold !== undefined && { isTold }),
  };
}
