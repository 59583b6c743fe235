import { createHash } from 'node:crypto';
import { RawJson } from '#platform/raw-json';
import type { components } from '#openapi/financial';
import type { Context } from '../context.ts';
import { mostLines, writeStatement } from '../helpers/write-statement.ts';
import type { StatementFormat } from '../helpers/write-statement.ts';
import type { FinancialHandlers } from '../routes/handlers.ts';
import * as statements from '../services/statements.ts';
import { assertKnown } from '../validation/goal.ts';
import { periodOf } from '../validation/period.ts';

type StatementOperation = 'getPocketStatement' | 'getWalletStatement';

const contentTypes = { csv: 'text/csv; charset=utf-8', json: 'application/json', pdf: 'application/pdf' };

export function statementControllers(ctx: Context): Pick<FinancialHandlers, StatementOperation> {
  return {
    getPocketStatement: async ({ caller, path, query: { format = 'json', ...period } }) => {
      const wanted = { ...path, period: periodOf(period, ctx.clock.now()), mostLines: mostLines[format] };
      return present(await statements.getPocketStatement(ctx, caller, wanted), format);
    },

    getWalletStatement: async ({ caller, query: { currency, format = 'json', ...period } }) => {
      assertKnown(currency);
      const wanted = { currency, period: periodOf(period, ctx.clock.now()), mostLines: mostLines[format] };
      return present(await statements.getWalletStatement(ctx, caller, wanted), format);
    },
  };
}

async function present(statement: statements.Statement, format: StatementFormat) {
  const bytes = await writeStatement(statement, format);
  const { from, to } = statement.head.period;
  const last = new Date(to.getTime() - 1);
  const file = `statement-${from.toISOString().slice(0, 10)}-${last.toISOString().slice(0, 10)}.${format}`;
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
