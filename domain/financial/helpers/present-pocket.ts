import type { components } from '#openapi/financial';
import type { PocketFacts } from '../services/facts.ts';
import { percentOf } from './integers.ts';
import { computePlan } from './plan.ts';
import { presentLock } from './present-lock.ts';
import { presentMoney, presentMoneyOrNull, presentTime } from './present-money.ts';

const goalParts = { targetMinor: 'target', targetDate: 'targetDate', monthlyMinor: 'monthlyAmount' } as const;

/** A pocket as one of its members sees it, with the plan for the day of `now`. */
export function presentPocket(facts: PocketFacts, now: Date): components['schemas']['Pocket'] {
  const {
    id,
    name,
    emoji,
    imageUrl = null,
    currency,
    balanceMinor,
    targetMinor,
    targetDate,
    derived = null,
    visibility,
    shared = null,
    closedAt,
  } = facts;
  return {
    id,
    name,
    emoji,
    imageUrl,
    currency,
    balance: presentMoney(balanceMinor, currency),
    target: presentMoneyOrNull(targetMinor, currency),
    targetDate,
    monthlyAmount: presentMoneyOrNull(facts.monthlyMinor, currency),
    derived: derived && goalParts[derived],
    percent: targetMinor === null ? null : percentOf(balanceMinor, targetMinor),
    visibility,
    shared,
    status: closedAt === null ? 'open' : 'closed',
    viewerRole: facts.viewerRole,
    lock: presentLock(facts, now),
    // An amount that follows from target and date was never meant as a pace: that is judged by what comes in.
    plan: computePlan({ ...facts, monthlyMinor: derived === 'monthlyMinor' ? null : facts.monthlyMinor }, now),
    createdAt: presentTime(facts.createdAt),
    closedAt: closedAt && presentTime(closedAt),
  };
}
