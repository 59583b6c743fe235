import { statementPeriodUnfit } from '../errors.ts';
import { beginningOf, dayIn, endOf } from '../helpers/time-zones.ts';
import type { Period } from '../services/statements.ts';

const day = 86_400_000;
const mostDays = 366;

/** What is asked for: days or moments. */
export interface WantedPeriod {
  from?: string;
  to?: string;
}

/** The period of a statement: days of the time zone count whole; the present month, today included, when nothing is said. @throws statement_period_unfit */
export function periodOf({ from, to }: WantedPeriod, now: Date, timeZone: string): Period {
  const today = dayIn(timeZone, now);
  const begins = from ?? `${today.slice(0, 7)}-01`;
  const ends = to ?? today;
  const period = {
    from: isDay(begins) ? beginningOf(begins, timeZone) : new Date(begins),
    to: isDay(ends) ? endOf(ends, timeZone) : new Date(ends),
  };
  if (period.to <= period.from) throw statementPeriodUnfit('to', 'must be after from');
  // A quarter of a day more, for clocks that are put back in between.
  if (period.to.getTime() - period.from.getTime() > mostDays * day + day / 4)
    throw statementPeriodUnfit('from', `must be at most ${String(mostDays)} days before to`);
  return period;
}

function isDay(dayOrMoment: string): boolean {
  return dayOrMoment.length === 10;
}
