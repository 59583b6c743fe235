const rfc3339 = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;
const [firstDay, lastDay] = ['0001-01-01', '9999-12-31'];
// The last millisecond is left out: PostgreSQL rounds what comes after its microseconds.
const [first, end] = [Date.parse(`${firstDay}T00:00:00.000Z`), Date.parse(`${lastDay}T23:59:59.999Z`)];

/**
 * Whether it names a moment (RFC 3339, section 5.6) that JavaScript and PostgreSQL both hold and write with four digits of year in
 * UTC: no leap second, and nothing that another offset takes out of the years 1 to 9999.
 */
export function isTimestamp(text: string): boolean {
  const day = rfc3339.exec(text)?.[1];
  const moment = Date.parse(text);
  return day !== undefined && isInCalendar(day) && moment >= first && moment < end;
}

/** Whether it names a day of which the same holds for every moment in every time zone. */
export function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && isInCalendar(text) && text > firstDay && text < lastDay;
}

/** JavaScript reads 30 February as a day of March. */
function isInCalendar(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}
