import type { components } from '#openapi/financial';
import type { DepartureFacts, MemberFacts } from '../services/facts.ts';
import { presentMoney, presentTime } from './present-money.ts';

export function presentMember(facts: MemberFacts): components['schemas']['PocketMember'] {
  const { memberId, role, contributedMinor, withdrawnMinor, currency, votesFrom = null } = facts;
  return {
    userId: memberId,
    role,
    contributed: presentMoney(contributedMinor, currency),
    withdrawn: presentMoney(withdrawnMinor, currency),
    share: presentMoney(contributedMinor - withdrawnMinor, currency),
    joinedAt: presentTime(facts.joinedAt),
    votesFrom: votesFrom && presentTime(votesFrom),
  };
}

export function presentDeparture(facts: DepartureFacts): components['schemas']['PocketDeparture'] {
  const { memberId, payoutMinor, currency, movementId } = facts;
  return { userId: memberId, payout: presentMoney(payoutMinor, currency), movementId };
}
