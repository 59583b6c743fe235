import type { components } from '#openapi/financial';
import type { TransferFacts } from '../services/facts.ts';
import { presentMoney, presentTime } from './present-money.ts';

export function presentTransfer(facts: TransferFacts): components['schemas']['Transfer'] {
  const { id, direction, status, accountId, reason } = facts;
  return {
    id,
    direction,
    status,
    accountId,
    amount: presentMoney(facts.amountMinor, facts.currency),
    reason,
    createdAt: presentTime(facts.createdAt),
    updatedAt: presentTime(facts.updatedAt),
  };
}
