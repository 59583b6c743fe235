import type { components } from '#openapi/financial';
import type { LockFacts } from '../services/facts.ts';
import { hasCome, lockInForce } from './lock.ts';
import type { LockedFacts } from './lock.ts';
import { presentMoneyOrNull, presentTime } from './present-money.ts';

/** A pocket's lock as it stands at the time `now`; null when none is in force. */
export function presentLock(
  facts: LockedFacts & { currency: string },
  now: Date,
): components['schemas']['PocketLock'] | null {
  const lock = lockInForce(facts, now);
  if (!lock) return null;
  const { until, untilMinor, delayHours, loweredHours, loweredAt, lockedAt } = lock;
  const lowered = loweredHours !== null && loweredAt !== null ? { hours: loweredHours, at: loweredAt } : null;
  const counts = hasCome(loweredAt, now);
  return {
    until: until && presentTime(until),
    untilAmount: presentMoneyOrNull(untilMinor, facts.currency),
    delayHours: lowered && counts ? lowered.hours : delayHours,
    delayChange: lowered && !counts ? { delayHours: lowered.hours, effectiveAt: presentTime(lowered.at) } : null,
    unlock: presentUnlock(lock),
    since: presentTime(lockedAt),
  };
}

/** When a lock ends, and who asked; null while nobody did. */
export function presentUnlock({
  unlockBy,
  unlockAt,
}: Pick<LockFacts, 'unlockBy' | 'unlockAt'>): components['schemas']['PocketUnlock'] | null {
  return unlockBy === null || unlockAt === null ? null : { availableAt: presentTime(unlockAt), requestedBy: unlockBy };
}
