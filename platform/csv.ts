import { stringify } from 'csv-stringify/sync';

/**
 * How every table is written (RFC 4180), as options of csv-stringify. Text that a spreadsheet would take for a formula (it
 * begins with = + - @, a tab or a carriage return) begins with an apostrophe instead, as OWASP advises against CSV
 * injection; numbers stay numbers.
 */
export const safeCsv = {
  escape_formulas: true,
  record_delimiter: 'windows',
  // Else a lone line break in a cell would begin a row of its own, with whatever stands there.
  quoted_match: /[\r\n]/,
} as const;

/** Lines of a table. */
export function csvLines(rows: readonly (string | number | null)[][]): string {
  return stringify([...rows], safeCsv);
}
