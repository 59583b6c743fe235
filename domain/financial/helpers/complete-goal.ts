/**
 * Target, date and monthly amount of a pocket: any two give the third, and three must agree. Payments fall as in plan.ts: the
 * k-th one k months after the day on which it is asked; a date less than a month away leaves room for one.
 */
import { addMonths, monthsUntil } from './calendar.ts';
import { divideUp } from './integers.ts';

/** What a pocket is saved for, in minor units of its currency; null takes a part away. */
export interface Goal {
  targetMinor?: number | null;
  /** `YYYY-MM-DD`. */
  targetDate?: string | null;
  monthlyMinor?: number | null;
}

export type GoalPart = 'targetMinor' | 'targetDate' | 'monthlyMinor';

/** Where the saving begins. */
export interface SavingStart {
  balanceMinor: number;
  /** `YYYY-MM-DD`. */
  today: string;
}

export interface CompleteGoal {
  targetMinor: number | null;
  targetDate: string | null;
  monthlyMinor: number | null;
  /** Which of them follows from the two others. */
  derived: GoalPart | null;
}

const farthestMonths = 1200;
const balanceLimit = 1_000_000_000_000;

/** Adds the missing part where there are two others, and it is not one that shall stay `without`. */
export function completeGoal(goal: Goal, start: SavingStart, without: GoalPart[] = []): CompleteGoal {
  const { targetMinor = null, targetDate = null, monthlyMinor = null } = goal;
  const complete = { targetMinor, targetDate, monthlyMinor, derived: null };
  const missing = (['targetMinor', 'targetDate', 'monthlyMinor'] as const).filter((part) => complete[part] === null);
  const [part] = missing;
  if (part === undefined || missing.length > 1 || without.includes(part)) return complete;
  const value = thirdOf(complete, start)[part];
  return value === null ? complete : { ...complete, [part]: value, derived: part };
}

/** Each part as the two others give it; null where they do not. */
export function thirdOf(
  { targetMinor, targetDate, monthlyMinor }: Omit<CompleteGoal, 'derived'>,
  { balanceMinor, today }: SavingStart,
): Omit<CompleteGoal, 'derived'> {
  const remaining = targetMinor === null ? 0 : Math.max(0, targetMinor - balanceMinor);
  const left = targetDate === null || targetDate <= today ? 0 : Math.max(1, monthsUntil(today, targetDate));
  const payments = monthlyMinor === null ? Infinity : divideUp(remaining, monthlyMinor);
  const room = Math.max(0, balanceLimit - balanceMinor);
  return {
    // Compared by division: the product may be beyond 2^53.
    targetMinor:
      monthlyMinor === null || left === 0 || monthlyMinor > room / left ? null : balanceMinor + monthlyMinor * left,
    targetDate: remaining === 0 || payments > farthestMonths ? null : addMonths(today, payments),
    monthlyMinor: remaining === 0 || left === 0 ? null : divideUp(remaining, left),
  };
}

/** Whether three parts agree: one of them is what the two others give, or the target is reached already. */
export function goalAgrees(goal: Omit<CompleteGoal, 'derived'>, start: SavingStart): boolean {
  const { targetMinor, targetDate, monthlyMinor } = goal;
  if (targetMinor === null || targetDate === null || monthlyMinor === null) return true;
  if (targetMinor <= start.balanceMinor) return true;
  const third = thirdOf(goal, start);
  const left = Math.max(1, monthsUntil(start.today, targetDate));
  return (
    third.monthlyMinor === monthlyMinor ||
    third.targetMinor === targetMinor ||
    divideUp(targetMinor - start.balanceMinor, monthlyMinor) === left
  );
}

/**
 * What is meant after a change: what it names, beside what was said before. What followed from the rest follows anew. Where
 * that would be three, the monthly amount gives way, or else the date, unless the change names them.
 */
export function changeGoal(before: CompleteGoal, change: Goal): { goal: Goal; without: GoalPart[] } | undefined {
  const parts = ['monthlyMinor', 'targetDate', 'targetMinor'] as const;
  const named = parts.filter((part) => change[part] !== undefined);
  if (named.length === 0) return undefined;
  const said = parts.filter((part) => !named.includes(part) && part !== before.derived && before[part] !== null);
  const given = named.filter((part) => change[part] !== null);
  const yields = said.length + given.length === 3 ? said.find((part) => part !== 'targetMinor') : undefined;
  const kept = Object.fromEntries(said.filter((part) => part !== yields).map((part) => [part, before[part]]));
  return { goal: { ...kept, ...change }, without: named.filter((part) => change[part] === null) };
}
