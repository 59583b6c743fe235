import type { components } from '#openapi/financial';
import type { Context } from '../context.ts';
import { pocketTag } from '../helpers/pocket-tag.ts';
import { presentUnlock } from '../helpers/present-lock.ts';
import { presentPocket } from '../helpers/present-pocket.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as locks from '../services/locks.ts';
import { minorIn } from '../validation/money.ts';

type LockOperation = 'lockPocket' | 'unlockPocket' | 'cancelUnlock';

export function lockControllers(ctx: Context): Pick<FinancialHandlers, LockOperation> {
  return {
    lockPocket: async ({ caller, path, body }) => {
      const lock = (currency: string) => newLockOf(body, currency);
      const facts = await locks.lockPocket(ctx, caller, { ...path, lock });
      const now = ctx.clock.now();
      return { status: 200, body: presentPocket(facts, now), etag: pocketTag(facts, now) };
    },

    unlockPocket: async ({ caller, path }) => {
      const unlock = presentUnlock(await locks.unlockPocket(ctx, caller, path.pocketId));
      if (!unlock) throw new Error('an unlocked pocket says nothing of when');
      return { status: 202, body: unlock };
    },

    cancelUnlock: async ({ caller, path }) => {
      await locks.cancelUnlock(ctx, caller, path.pocketId);
      return { status: 204 };
    },
  };
}

function newLockOf(
  { until, untilAmount, delayHours, guardianId }: components['schemas']['NewPocketLock'],
  currency: string,
): locks.NewLock {
  const untilMinor = minorIn(currency, untilAmount, '/untilAmount');
  return {
    delayHours,
    ...(until !== undefined && { until }),
    ...(untilMinor !== undefined && { untilMinor }),
    ...(guardianId !== undefined && { guardianId }),
  };
}
