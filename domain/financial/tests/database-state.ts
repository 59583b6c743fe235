import type { FinancialApp } from './financial-app.ts';

/** For each table of the schema and its queue, its rows: two states that are equal hold the same. */
export async function readState({ owner, process }: FinancialApp): Promise<Record<string, string[]>> {
  const state: Record<string, string[]> = {};
  const { rows: tables } = await owner.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'financial' and table_type = 'BASE TABLE'`,
  );
  for (const { name } of tables) {
    const { rows } = await owner.query<{ row: string }>(`select t::text as row from ${name} t order by 1`);
    state[name] = rows.map(({ row }) => row);
  }
  const { rows: jobs } = await process.query<{ id: string }>(
    'select id::text from financial_jobs._private_jobs order by 1',
  );
  return { ...state, jobs: jobs.map(({ id }) => id) };
}
