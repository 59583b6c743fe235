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
  'provider_sight',
]);

/** For each table of every owner, how many rows it has and a digest of them: two states that are equal hold the same. */
export async function readDatabaseState(stack: Stack): Promise<Record<string, string>> {
  const owners = Object.values(readDatabases()).flat();
  const states = await Promise.all(owners.map((owner) => readSchema(stack.endpoints.migrations[owner] ?? '', owner)));
  return Object.assign({}, ...states) as Record<string, string>;
}

/** One statement a schema, since this is asked after every operation of every contract. */
async function readSchema(url: string, owner: string): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = $1 and table_type = 'BASE TABLE'`,
      [owner],
    );
    const contents = tables.filter(({ name }) => !leftOut.has(name)).map(({ name }) => contentOf(owner, name));
    const { rows } = await client.query<{ name: string; rows: string; digest: string }>(contents.join(' union all '));
    return Object.fromEntries(rows.map(({ name, rows: count, digest }) => [name, `${count} rows ${digest}`]));
  } finally {
    await client.end();
  }
}

function contentOf(owner: string, name: string): string {
  const label = pg.escapeLiteral(`${owner}.${name}`);
  const table = `${pg.escapeIdentifier(owner)}.${pg.escapeIdentifier(name)}`;
  return `select ${label} as name, count(*) as rows, md5(coalesce(string_agg(t::text, chr(10) order by t::text), '')) as digest from ${table} t`;
}
