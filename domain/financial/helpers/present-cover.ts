import type { components } from '#openapi/financial';
import type { CoverFacts } from '../services/facts.ts';
import { presentMoney } from './present-money.ts';
import { presentMovement } from './present-movement.ts';

export function presentCover(facts: CoverFacts): components['schemas']['Cover'] {
  const { transactionId, pocketId, amountMinor, currency, movement, approvalId, refundId } = facts;
  return {
    transactionId,
    pocketId,
    status: statusOf(movement),
    amount: presentMoney(amountMinor, currency),
    movement: movement && presentMovement(movement),
    approvalId,
    refundId,
    reverse: movement?.reversedById === null ? { movementId: movement.id } : null,
  };
}

function statusOf(movement: CoverFacts['movement']): components['schemas']['Cover']['status'] {
  if (!movement) return 'pending_approval';
  return movement.reversedById === null ? 'covered' : 'reversed';
}
