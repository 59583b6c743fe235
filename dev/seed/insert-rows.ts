import pg from 'pg';
import type { Client } from 'pg';

const rowsAtOnce = 10_000;

/** Inserts rows that all have the columns of the first one, many in a statement. */
export async function insertRows(client: Client, table: string, rows: Record<string, unknown>[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  if (columns.length === 0) return;
  const names = columns.map((column) => pg.escapeIdentifier(column)).join(', ');
  const target = pg.escapeIdentifier(table);
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    const chunk = JSON.stringify(rows.slice(start, start + rowsAtOnce));
    // The table's own row type says what each value is.
    await client.query(
      `INSERT INTO ${target} (${names}) SELECT ${names} FROM json_populate_recordset(NULL::${target}, $1)`,
      [chunk],
    );
  }
}
