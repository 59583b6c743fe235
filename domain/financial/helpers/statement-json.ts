import type { components } from '#openapi/financial';
import type { StatementHead, StatementLine } from '../services/statements.ts';
import { presentMoney } from './present-money.ts';
import type { StatementWriter } from './write-statement.ts';

export function createJson({ account, currency, period, openingMinor, closingMinor }: StatementHead): StatementWriter {
  const written: StatementLine[] = [];
  return {
    add: (lines) => {
      for (const line of lines) written.push(line);
    },
    end: (checksum) => {
      const statement: components['schemas']['Statement'] = {
        account,
        currency,
        from: period.from.toISOString(),
        to: period.to.toISOString(),
        opening: presentMoney(openingMinor, currency),
        closing: presentMoney(closingMinor, currency),
        lines: written,
        checksum,
      };
      return Buffer.from(JSON.stringify(statement));
    },
  };
}
