import type { components } from '#openapi/financial';
import type { MovementFacts } from '../services/facts.ts';
import { presentMoney, presentTime } from './present-money.ts';

const kinds = {
  opening: 'opening',
  contribution: 'contribution',
  pocket_withdrawal: 'withdrawal',
  pocket_transfer: 'transfer',
  sweep: 'sweep',
  payout: 'payout',
  reversal: 'reversal',
  adjustment: 'adjustment',
  refund: 'refund',
} as const;

/** A movement as its pocket sees it: positive comes in. */
export function presentMovement(facts: MovementFacts): components['schemas']['Movement'] {
  const { id, pocketId, memberId, kind, currency, note, otherPocketId, reversesId, reversedById } = facts;
  return {
    id,
    pocketId,
    memberId,
    kind: kinds[kind],
    amount: presentMoney(facts.amountMinor, currency),
    balanceAfter: presentMoney(facts.balanceAfterMinor, currency),
    note,
    source: presentSource(facts),
    otherPocketId,
    reversesId,
    reversedById,
    createdAt: presentTime(facts.createdAt),
  };
}

function presentSource({ source, ruleId, transactionId }: MovementFacts): components['schemas']['MovementSource'] {
  return { type: source, ...(ruleId && { ruleId }), ...(transactionId && { transactionId }) };
}
