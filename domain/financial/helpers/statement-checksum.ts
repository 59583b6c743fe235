import { createHash } from 'node:crypto';
import type { StatementHead, StatementLine } from '../services/statements.ts';

/**
 * Says the same of a statement in whatever format: SHA-256 over one line of text for the opening, one for each movement, and one
 * for the closing. The contract tells what stands in them.
 */
export function createChecksum({ account, currency, period, openingMinor, closingMinor }: StatementHead) {
  const hash = createHash('sha256');
  const write = (fields: (string | number)[]) => hash.update(`${fields.join(';')}\n`);
  const [from, to] = [period.from.toISOString(), period.to.toISOString()];
  write([account.pocketId ?? 'wallet', currency, from, to, openingMinor]);
  return {
    add: ({ id, createdAt, amountMinor, balanceAfterMinor }: StatementLine) =>
      write([id, createdAt, amountMinor, balanceAfterMinor]),
    end: () => write([closingMinor]).digest('hex'),
  };
}
