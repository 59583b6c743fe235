import { csvLines } from '#platform/csv';
import type { StatementHead } from '../services/statements.ts';
import type { StatementWriter } from './write-statement.ts';

const columns = ['record', 'id', 'createdAt', 'kind', 'amountMinor', 'balanceMinor', 'currency', 'note'];

/** A table (RFC 4180) of the opening, the movements, the closing and the checksum. */
export function createCsv({ currency, period, openingMinor, closingMinor }: StatementHead): StatementWriter {
  const [from, to] = [period.from.toISOString(), period.to.toISOString()];
  const pieces = [csvLines([columns, ['opening', '', from, '', '', openingMinor, currency, '']])];
  return {
    add: (lines) => {
      pieces.push(
        csvLines(
          lines.map(({ id, createdAt, kind, amountMinor, balanceAfterMinor, note }) => [
            ...['movement', id, createdAt, kind],
            ...[amountMinor, balanceAfterMinor, currency, note ?? ''],
          ]),
        ),
      );
    },
    end: (checksum) => {
      pieces.push(
        csvLines([
          ['closing', '', to, '', '', closingMinor, currency, ''],
          ['checksum', checksum, '', '', '', '', '', ''],
        ]),
      );
      return Buffer.from(pieces.join(''));
    },
  };
}
