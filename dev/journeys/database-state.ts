import { createHash } from 'node:crypto';
import pg from 'pg';
import { readDatabases } from '../../platform/database-setup.ts';
import type { Stack } from '../stack/stack.ts';

/** What a refusal may change: counts of tries, sign-ins under way, the log of who looked, what a job has read. */
const leftOut = new Set([
  '_prisma_migrations',
  'limit_window',
  'staff_session',
  'audit_event',
  'audit_head',
  'feed_cursor',
]);

/** For each table of every owner, how many rows it has and a digest of them: two states that are equal hold the same. */
export async function readDatabaseState(stack: Stack): Promise<Record<string, string>> {
  const owners = Object.values(readDatabases()).flat();
  const states = await Promise.all(owners.map((owner) => readSchema(stack.endpoints.migrations[owner] ?? '', owner)));
  return Object.assign({}, ...states) as Record<string, string>;
}

async function readSchema(url: string, owner: string): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = $1 and table_type = 'BASE TABLE'`,
      [owner],
    );
    const state: Record<string, string> = {};
    for (const { name } of rows.filter((table) => !leftOut.has(table.name))) {
      const table = `${pg.escapeIdentifier(owner)}.${pg.escapeIdentifier(name)}`;
      const content = await client.query<{ row: string }>(`select t::text as row from ${table} t order by 1`);
      const digest = createHash('sha256').update(content.rows.map(({ row }) => row).join('\n')).digest('hex'); // prettier-ignore
      state[`${owner}.${name}`] = `${String(content.rows.length)} rows ${digest.slice(0, 16)}`;
    }
    return state;
  } finally {
    await client.end();
  }
}
