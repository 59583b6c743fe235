import type { LockFacts } from '../services/facts.ts';

/** How long a guardian's silence is waited out, as `guardian_silence` in the ledger. */
const silenceMs = 720 * 3_600_000;

/** As much of a pocket as its lock depends on. */
export interface LockedFacts {
  balanceMinor: number;
  closedAt: string | null;
  lock?: LockFacts | null;
}

/** The lock that holds a pocket's money at the time `now`, by the rule of `is_in_force` in the ledger; null when nothing does. */
export function lockInForce({ balanceMinor, closedAt, lock }: LockedFacts, now: Date): LockFacts | null {
  if (!lock || closedAt !== null || lock.amountReached) return null;
  if (hasCome(lock.until, now) || hasCome(latestEnd(lock), now)) return null;
  return lock.untilMinor !== null && balanceMinor >= lock.untilMinor ? null : lock;
}

/** How far the clock has taken a lock: 0 when none is in force, else one more than the changes of it that have come. */
export function countLockSteps(facts: LockedFacts, now: Date): number {
  const lock = lockInForce(facts, now);
  if (!lock) return 0;
  return hasCome(lock.loweredAt, now) ? 2 : 1;
}

/** When a lock whose end was asked for is over even if its guardian says nothing; null while nobody asked. */
export function latestEnd({ unlockAt, unlockWaitsFor }: Pick<LockFacts, 'unlockAt' | 'unlockWaitsFor'>): string | null {
  if (unlockAt === null || unlockWaitsFor === null) return unlockAt;
  return new Date(new Date(unlockAt).getTime() + silenceMs).toISOString();
}

export function hasCome(time: string | null, now: Date): boolean {
  return time !== null && new Date(time) <= now;
}
