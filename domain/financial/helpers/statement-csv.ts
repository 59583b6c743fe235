import { stringify } from 'csv-stringify/sync';
import type { StatementHead } from '../services/statements.ts';
import type { StatementWriter } from './write-statement.ts';

const columns = ['record', 'id', 'createdAt', 'kind', 'amountMinor', 'balanceMinor', 'currency', 'note'];

/** A table (RFC 4180) of the opening, the movements, the closing and the checksum. */
export function createCsv({ currency, period, openingMinor, closingMinor }: StatementHead): StatementWriter {
  const [from, to] = [period.from.toISOString(), period.to.toISOString()];
  const pieces = [table([columns, ['opening', '', from, '', '', openingMinor, currency, '']])];
  return {
    add: (lines) => {
      pieces.push(
        table(
          lines.map(({ id, createdAt, kind, amountMinor, balanceAfterMinor, note }) => [
            ...['movement', id, createdAt, kind],
            ...[amountMinor, balanceAfterMinor, currency, note ?? ''],
          ]),
        ),
      );
    },
    end: (checksum) => {
      pieces.push(
        table([
          ['closing', '', to, '', '', closingMinor, currency, ''],
          ['checksum', checksum, '', '', '', '', '', ''],
        ]),
      );
      return Buffer.from(pieces.join(''));
    },
  };
}

/** What a spreadsheet would take for a formula begins with an apostrophe; sums stay numbers. */
function table(rows: (string | number)[][]): string {
  return stringify(rows, { escape_formulas: true, record_delimiter: 'windows' });
}
