/** Whether it is a name of the IANA time zone database that this process knows; offsets and made-up names are not. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
}

/** Making one is slow; there are fewer than 600 zones, however people write the letters, and a name that is none makes none. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** The day that a moment belongs to in a time zone: `YYYY-MM-DD`. */
export function dayIn(timeZone: string, moment: Date): string {
  if (timeZone === 'UTC') return moment.toISOString().slice(0, 10);
  const zone = timeZone.toLowerCase();
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
    formats.set(zone, format);
  }
  return format.format(moment);
}

const minute = 60_000;
const aDay = 86_400_000;
const widestMinutes = 16 * 60;

/** The first moment of a day in a time zone, as `beginning_of` of the ledger has it. */
export function beginningOf(day: string, timeZone: string): Date {
  return firstMoment(timeZone, midnightUtc(day), (local) => local >= sortable(day));
}

/** The first moment after a day in a time zone. */
export function endOf(day: string, timeZone: string): Date {
  return firstMoment(timeZone, midnightUtc(day) + aDay, (local) => local > sortable(day));
}

/** Days only go forward, so halving finds the minute near a midnight of UTC from which on one is reached. */
function firstMoment(timeZone: string, near: number, isReached: (local: string) => boolean): Date {
  if (timeZone === 'UTC') return new Date(near);
  let before = -widestMinutes;
  let reached = widestMinutes;
  while (reached - before > 1) {
    const middle = Math.floor((before + reached) / 2);
    if (isReached(sortable(dayIn(timeZone, new Date(near + middle * minute))))) reached = middle;
    else before = middle;
  }
  return new Date(near + reached * minute);
}

function midnightUtc(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

/** Days of early and late years have fewer and more digits. */
function sortable(day: string): string {
  return day.padStart(11, '0');
}
