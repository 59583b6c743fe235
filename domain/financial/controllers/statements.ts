import { createHash } from 'node:crypto';
import { RawJson } from '#platform/raw-json';
import type { components } from '#openapi/financial';
import type { Context } from '../context.ts';
import { dayIn } from '../helpers/time-zones.ts';
import { mostLines, writeStatement } from '../helpers/write-statement.ts';
import type { StatementFormat } from '../helpers/write-statement.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as statements from '../services/statements.ts';
import { assertKnown } from '../validation/goal.ts';

type StatementOperation = 'getPocketStatement' | 'getWalletStatement';

const contentTypes = { csv: 'text/csv; charset=utf-8', json: 'application/json', pdf: 'application/pdf' };

export function statementControllers(ctx: Context): Pick<FinancialHandlers, StatementOperation> {
  return {
    getPocketStatement: async ({ caller, path, query: { format = 'json', ...period } }) => {
      const wanted = { ...path, period, mostLines: mostLines[format] };
      return present(await statements.getPocketStatement(ctx, caller, wanted), format);
    },

    getWalletStatement: async ({ caller, query: { currency, format = 'json', ...period } }) => {
      assertKnown(currency);
      const wanted = { currency, period, mostLines: mostLines[format] };
      return present(await statements.getWalletStatement(ctx, caller, wanted), format);
    },
  };
}

async function present(statement: statements.Statement, format: StatementFormat) {
  const bytes = await writeStatement(statement, format);
  const { from, to } = statement.head.period;
  const [first, last] = [from, new Date(to.getTime() - 1)].map((moment) => dayIn(statement.timeZone, moment));
  const file = `statement-${first ?? ''}-${last ?? ''}.${format}`;
  return {
    status: 200 as const,
    body: new RawJson<components['schemas']['Statement'] | string>(bytes),
    headers: {
      'Content-Type': contentTypes[format],
      'Content-Disposition': `attachment; filename="${file}"`,
      'Repr-Digest': `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`,
    },
  };
}
