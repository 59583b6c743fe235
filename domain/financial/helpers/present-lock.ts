import type { components } from '#openapi/financial';
import type { LockFacts } from '../services/facts.ts';
import { hasCome, latestEnd, lockInForce } from './lock.ts';
import type { LockedFacts } from './lock.ts';
import { presentMoneyOrNull, presentTime } from './present-money.ts';

/** A pocket's lock as it stands at the time `now`; null when none is in force. */
export function presentLock(
  facts: LockedFacts & { currency: string },
  now: Date,
): components['schemas']['PocketLock'] | null {
  const lock = lockInForce(facts, now);
  if (!lock) return null;
  const { until, untilMinor, delayHours, loweredHours, loweredAt, lockedAt, guardian } = lock;
  const lowered = loweredHours !== null && loweredAt !== null ? { hours: loweredHours, at: loweredAt } : null;
  const counts = hasCome(loweredAt, now);
  return {
    until: until && presentTime(until),
    untilAmount: presentMoneyOrNull(untilMinor, facts.currency),
    delayHours: lowered && counts ? lowered.hours : delayHours,
    delayChange: lowered && !counts ? { delayHours: lowered.hours, effectiveAt: presentTime(lowered.at) } : null,
    guardian: guardian && { userId: guardian.guardianId, status: guardian.status },
    unlock: presentUnlock(lock),
    since: presentTime(lockedAt),
  };
}

/** When a lock ends, and who asked; null while nobody did. */
export function presentUnlock(
  lock: Pick<LockFacts, 'unlockBy' | 'unlockAt' | 'unlockWaitsFor'>,
): components['schemas']['PocketUnlock'] | null {
  const { unlockBy, unlockAt, unlockWaitsFor } = lock;
  const latestAt = latestEnd(lock);
  if (unlockBy === null || unlockAt === null || latestAt === null) return null;
  return {
    availableAt: presentTime(unlockAt),
    requestedBy: unlockBy,
    waitsFor: unlockWaitsFor,
    latestAt: presentTime(latestAt),
  };
}
