import type { components } from '#openapi/flagship';
import type { ProviderState } from '../services/transfers.ts';

type BankTransfer = components['schemas']['BankTransfer'];

/** A transfer as flagship has it; undefined when it has only noted it. */
export function stateOf({ status, sequence, reason, valueDate }: BankTransfer): ProviderState | undefined {
  if (status === 'created') return undefined;
  return { status, sequence, ...(reason !== null && { reason }), ...(valueDate !== null && { valueDate }) };
}
