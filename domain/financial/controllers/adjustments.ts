import type { components } from '#openapi/financial';
import type { Context } from '../context.ts';
import { presentTime } from '../helpers/present-money.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as adjustments from '../services/adjustments.ts';
import type { Adjustment } from '../services/adjustments.ts';

export function adjustmentControllers(ctx: Context): Pick<FinancialHandlers, 'bookAdjustment'> {
  return {
    bookAdjustment: async ({ caller, body: { adjustment, ...decision } }) => {
      const booked = await adjustments.bookAdjustment(ctx, caller, { ...read(adjustment), ...decision });
      return { status: 200, body: { ...booked, bookedAt: presentTime(booked.bookedAt) } };
    },
  };
}

/** In a fixed order of members, since the hash of an adjustment is over them. */
function read(asked: components['schemas']['Adjustment']): Adjustment {
  const { userId, account, against, direction, amount } = asked;
  return {
    personId: userId,
    account,
    pocketId: asked.account === 'pocket' ? asked.pocketId : null,
    against,
    changeMinor: direction === 'credit' ? amount.amountMinor : -amount.amountMinor,
    currency: amount.currency,
  };
}
