/**
 * How the saving for a pocket goes: pure arithmetic on whole minor units and calendar months, for one given day. The k-th
 * monthly payment falls k months after that day, so three laws hold (tests/plan.test.ts): a pace of `neededMinor` is on
 * track; putting in `catchUpMinor` makes the present pace on track; on track means `projectedDate` ≤ target date.
 */
import { formatMoney } from '#platform/currencies';
import { addMonths, monthIndex, monthsUntil } from './calendar.ts';
import { divideDown, divideUp } from './integers.ts';
import { dayIn } from './time-zones.ts';

export interface SavingFacts {
  currency: string;
  balanceMinor: number;
  targetMinor: number | null;
  /** `YYYY-MM-DD`. */
  targetDate: string | null;
  /** What the person means to save each month. */
  monthlyMinor: number | null;
  createdAt: string;
  closedAt: string | null;
  /** What each of the last months (`YYYY-MM`) brought, in any order; a month without movements may be missing. */
  months: { month: string; netMinor: number }[];
  /** Whose days and months these are; UTC when it is missing. */
  timeZone?: string;
}

export interface Plan {
  status: 'no_deadline' | 'on_track' | 'behind' | 'overdue' | 'reached' | 'closed';
  paceMinor: number;
  neededMinor: number | null;
  catchUpMinor: number | null;
  projectedDate: string | null;
  basis: {
    asOf: string;
    pace: Pace['from'];
    monthsObserved: number;
    monthsLeft: number | null;
    remainingMinor: number | null;
    text: string;
  };
}

interface Pace {
  from: 'monthly_amount' | 'history' | 'since_opening' | 'none';
  paceMinor: number;
  monthsObserved: number;
}

const mostMonthsObserved = 3;
const farthestMonths = 1200;

export function computePlan(facts: SavingFacts, now: Date): Plan {
  const asOf = dayIn(facts.timeZone ?? 'UTC', now);
  const pace = observePace(facts, asOf);
  const remaining = facts.targetMinor === null ? null : Math.max(0, facts.targetMinor - facts.balanceMinor);
  const left = monthsLeft(facts, asOf);
  const payments = paymentsFor(remaining, pace);
  return {
    status: statusOf(facts, asOf, remaining, left, payments),
    paceMinor: pace.paceMinor,
    ...demands(remaining, left, payments, pace.paceMinor),
    projectedDate: payments <= farthestMonths ? addMonths(asOf, payments) : null,
    basis: {
      asOf,
      pace: pace.from,
      monthsObserved: pace.monthsObserved,
      monthsLeft: left,
      remainingMinor: remaining,
      text: explain(facts, pace, remaining, left),
    },
  };
}

/** Monthly payments until the date; null where there is no target to reach by a date. */
function monthsLeft({ targetMinor, targetDate, closedAt }: SavingFacts, asOf: string): number | null {
  return targetMinor === null || targetDate === null || closedAt !== null ? null : monthsUntil(asOf, targetDate);
}

/** What the date asks for, monthly or at once. `pace × left` is only computed where it is below the remaining sum. */
function demands(remaining: number | null, left: number | null, payments: number, paceMinor: number) {
  if (remaining === null || left === null) return { neededMinor: null, catchUpMinor: null };
  return {
    neededMinor: left === 0 ? remaining : divideUp(remaining, left),
    catchUpMinor: payments <= left ? 0 : remaining - paceMinor * left,
  };
}

/** What is saved in a month: what was meant, else what the last full calendar months brought, else what came so far. */
function observePace({ monthlyMinor, createdAt, closedAt, months, timeZone = 'UTC' }: SavingFacts, asOf: string): Pace {
  if (closedAt !== null) return { from: 'none', paceMinor: 0, monthsObserved: 0 };
  if (monthlyMinor !== null) return { from: 'monthly_amount', paceMinor: monthlyMinor, monthsObserved: 0 };
  const current = monthIndex(asOf);
  const fullMonths = Math.min(mostMonthsObserved, current - monthIndex(dayIn(timeZone, new Date(createdAt))) - 1);
  if (fullMonths < 1) {
    return { from: 'since_opening', paceMinor: Math.max(0, sum(months)), monthsObserved: 0 };
  }
  const observed = months.filter(
    ({ month }) => monthIndex(month) < current && monthIndex(month) >= current - fullMonths,
  );
  return { from: 'history', paceMinor: Math.max(0, divideDown(sum(observed), fullMonths)), monthsObserved: fullMonths };
}

function sum(months: { netMinor: number }[]): number {
  return months.reduce((total, { netMinor }) => total + netMinor, 0);
}

/** How many monthly payments reach the target. */
function paymentsFor(remaining: number | null, { from, paceMinor }: Pace): number {
  if (remaining === null || from === 'none') return Infinity;
  if (remaining === 0) return 0;
  return paceMinor === 0 ? Infinity : divideUp(remaining, paceMinor);
}

function statusOf(
  { targetDate, closedAt }: SavingFacts,
  asOf: string,
  remaining: number | null,
  left: number | null,
  payments: number,
): Plan['status'] {
  if (closedAt !== null) return 'closed';
  if (remaining === 0) return 'reached';
  if (targetDate === null || left === null) return 'no_deadline';
  if (targetDate < asOf) return 'overdue';
  return payments <= left ? 'on_track' : 'behind';
}

function explain({ currency }: SavingFacts, pace: Pace, remaining: number | null, left: number | null): string {
  const sentences = {
    monthly_amount: `${formatMoney(pace.paceMinor, currency)} a month, as planned`,
    history: `${formatMoney(pace.paceMinor, currency)} a month on average over the last ${counted(pace.monthsObserved, 'full month')}`,
    since_opening: `${formatMoney(pace.paceMinor, currency)} saved since the pocket was opened, less than a full month ago`,
    none: 'The pocket is closed',
  };
  const missing = remaining === null || pace.from === 'none' ? '' : `; ${formatMoney(remaining, currency)} missing`;
  const payments = left === null ? '' : `, ${counted(left, 'monthly payment')} left until the date`;
  return `${sentences[pace.from]}${missing}${payments}.`;
}

function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
