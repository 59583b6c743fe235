import { formatMoney, isKnownCurrency } from '#platform/currencies';
import { currencyUnknown, targetDatePassed } from '../errors.ts';
import type { Disagreement } from '../errors.ts';
import { goalAgrees, thirdOf } from '../helpers/complete-goal.ts';
import type { CompleteGoal, SavingStart } from '../helpers/complete-goal.ts';
import { presentMoneyOrNull } from '../helpers/present-money.ts';

export function assertKnown(currency: string): void {
  if (!isKnownCurrency(currency)) throw currencyUnknown('/currency');
}

/** A new date must lie after `today`. For a new pocket the ledger's function checks it, after the key. */
export function assertFuture(targetDate: string | null | undefined, today: string): void {
  if (typeof targetDate === 'string' && targetDate <= today) throw targetDatePassed(today);
}

/** What is wrong with three parts that do not agree, with each part as the two others give it; undefined when they agree. */
export function disagreementIn(goal: CompleteGoal, start: SavingStart, currency: string): Disagreement | undefined {
  if (goalAgrees(goal, start)) return undefined;
  const { targetMinor, targetDate, monthlyMinor } = thirdOf(goal, start);
  return {
    detail: `The target asks for ${formatMoney(monthlyMinor ?? 0, currency)} a month until ${goal.targetDate ?? 'its date'}.`,
    feasible: {
      target: presentMoneyOrNull(targetMinor, currency),
      targetDate,
      monthlyAmount: presentMoneyOrNull(monthlyMinor, currency),
    },
  };
}
