import type { components } from '#openapi/financial';
import type { PocketFacts } from '../services/facts.ts';
import { percentOf } from './integers.ts';
import { computePlan } from './plan.ts';
import { presentMoney, presentMoneyOrNull, presentTime } from './present-money.ts';

/** A pocket as its owner sees it, with the plan for the day of `now`. */
export function presentPocket(facts: PocketFacts, now: Date): components['schemas']['Pocket'] {
  const { id, name, emoji, currency, balanceMinor, targetMinor, targetDate, visibility, closedAt } = facts;
  return {
    id,
    name,
    emoji,
    imageUrl: null,
    currency,
    balance: presentMoney(balanceMinor, currency),
    target: presentMoneyOrNull(targetMinor, currency),
    targetDate,
    monthlyAmount: presentMoneyOrNull(facts.monthlyMinor, currency),
    percent: targetMinor === null ? null : percentOf(balanceMinor, targetMinor),
    visibility,
    status: closedAt === null ? 'open' : 'closed',
    viewerRole: 'owner',
    lock: null,
    plan: computePlan(facts, now),
    createdAt: presentTime(facts.createdAt),
    closedAt: closedAt && presentTime(closedAt),
  };
}
