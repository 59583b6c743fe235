import { statementPeriodUnfit } from '../errors.ts';
import type { Period } from '../services/statements.ts';

const day = 86_400_000;
const mostDays = 366;

/** The period of a statement: days count whole; the present month, today included, when nothing is said. @throws statement_period_unfit */
export function periodOf({ from, to }: { from?: string; to?: string }, now: Date): Period {
  const period = {
    from: from === undefined ? new Date(`${now.toISOString().slice(0, 7)}-01T00:00:00Z`) : new Date(from),
    to: endOf(to ?? now.toISOString().slice(0, 10)),
  };
  if (period.to <= period.from) throw statementPeriodUnfit('to', 'must be after from');
  if (period.to.getTime() - period.from.getTime() > mostDays * day)
    throw statementPeriodUnfit('from', `must be at most ${String(mostDays)} days before to`);
  return period;
}

function endOf(dayOrMoment: string): Date {
  const begins = new Date(dayOrMoment);
  return dayOrMoment.length === 10 ? new Date(begins.getTime() + day) : begins;
}
