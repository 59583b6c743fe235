import type { Caller } from '#platform/caller';
import type { Context } from '../context.ts';
import type { LockFacts, PocketFacts } from './facts.ts';
import { callLedger } from './ledger.ts';
import { getPocket } from './pockets.ts';

type Using = Pick<Context, 'db' | 'clock'>;

export interface NewLock {
  until?: string;
  untilMinor?: number;
  delayHours: number;
  guardianId?: string;
}

/** Locks a pocket or makes its lock stronger; `lock` is given the pocket's currency. @throws lock_not_weakened */
export async function lockPocket(
  ctx: Using,
  caller: Caller,
  { pocketId, lock }: { pocketId: string; lock: (currency: string) => NewLock },
): Promise<PocketFacts> {
  const { currency } = await getPocket(ctx, caller, pocketId);
  const request = { ownerId: caller.userId, pocketId, ...lock(currency), at: ctx.clock.now() };
  await callLedger(ctx.db, 'lock_pocket', request);
  return getPocket(ctx, caller, pocketId);
}

/** Asks for the lock to end after its delay; again, it changes nothing. */
export async function unlockPocket(
  { db, clock }: Using,
  { userId: ownerId }: Caller,
  pocketId: string,
): Promise<LockFacts> {
  const { facts } = await callLedger<LockFacts>(db, 'unlock_pocket', { ownerId, pocketId, at: clock.now() });
  return facts;
}

/** Takes back that it is to end. */
export async function cancelUnlock({ db, clock }: Using, { userId: ownerId }: Caller, pocketId: string): Promise<void> {
  await callLedger(db, 'cancel_unlock', { ownerId, pocketId, at: clock.now() });
}
