// What `schema.prisma` cannot say stands in migrations, each of which may replace what an earlier one made. This is how it stands
// after all of them: prisma/X/database.sql.
import type { Client } from 'pg';

/** One row `sql` for each thing, in an order that does not depend on when it was made. `$1` is the schema. */
const queries = {
  Checks: `
    SELECT format('ALTER TABLE %s ADD CONSTRAINT %s %s;', relname, conname, pg_get_constraintdef(con.oid)) AS sql
    FROM pg_constraint con JOIN pg_class ON pg_class.oid = conrelid
    WHERE connamespace = $1::regnamespace AND contype IN ('c', 'x') ORDER BY relname, conname`,
  'Indexes with a condition, an expression or an operator class': `
    SELECT pg_get_indexdef(indexrelid) || ';' AS sql
    FROM pg_index JOIN pg_class index ON index.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
    WHERE relnamespace = $1::regnamespace AND (indpred IS NOT NULL OR indexprs IS NOT NULL OR amname <> 'btree') ORDER BY relname`,
  Views: `
    SELECT format(E'CREATE VIEW %s AS\\n%s', relname, pg_get_viewdef(oid, true)) AS sql
    FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'v' ORDER BY relname`,
  Triggers: `
    SELECT pg_get_triggerdef(pg_trigger.oid, true) || ';' AS sql
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = $1::regnamespace AND NOT tgisinternal ORDER BY relname, tgname`,
  Functions: `
    SELECT trim(trailing E'\\n' FROM pg_get_functiondef(oid)) || E';\\n' AS sql
    FROM pg_proc
    WHERE pronamespace = $1::regnamespace AND prokind IN ('f', 'p')
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND classid = 'pg_proc'::regclass AND deptype = 'e')
    ORDER BY proname, pg_get_function_identity_arguments(oid)`,
};

/** The checks, indexes, views, triggers and functions of an owner's schema as SQL, to be read: nothing runs it. */
export async function describeDatabase(client: Client, owner: string): Promise<string> {
  const parts = [
    `-- What schema.prisma cannot say, as it stands after the last migration. Made by \`npm run prisma:migrate -- describe\`, for reading.`,
  ];
  for (const [title, query] of Object.entries(queries)) {
    const { rows } = await client.query<{ sql: string }>(query, [owner]);
    if (rows.length > 0) parts.push(`-- ${title}\n\n${rows.map(({ sql }) => sql).join('\n')}`);
  }
  return `${parts.join('\n\n')}\n`;
}
