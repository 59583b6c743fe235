/** Calendar days as `YYYY-MM-DD` and months as `YYYY-MM`; as text they compare in the right order. */
import { dayIn } from './time-zones.ts';

/** The day in UTC. */
export function dayOf(moment: Date): string {
  return dayIn('UTC', moment);
}

/** The same day `count` months later; the last day of a month that is too short (31 January + 1 = 28 or 29 February). */
export function addMonths(day: string, count: number): string {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  const index = year * 12 + month - 1 + count;
  const newYear = Math.floor(index / 12);
  const newMonth = index - newYear * 12;
  const newDate = Math.min(date, daysInMonth(newYear, newMonth));
  return `${pad(newYear, 4)}-${pad(newMonth + 1, 2)}-${pad(newDate, 2)}`;
}

/** How many monthly steps from `from` fall on or before `to`: the largest k with `addMonths(from, k) <= to`, or 0. */
export function monthsUntil(from: string, to: string): number {
  const steps = monthIndex(to) - monthIndex(from);
  if (steps < 0) return 0;
  return addMonths(from, steps) <= to ? steps : Math.max(0, steps - 1);
}

/** Counts months; neighbours differ by 1. Takes a day or a month. */
export function monthIndex(dayOrMonth: string): number {
  const [year = 0, month = 0] = dayOrMonth.split('-').map(Number);
  return year * 12 + month - 1;
}

/** `month` counts from 0. Day 0 of the next month is the last of this one. */
function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
