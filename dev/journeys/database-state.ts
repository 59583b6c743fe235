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

export interface DatabaseWatch {
  /** For each table of every owner, how many rows it has and a digest of them: two states that are equal hold the same. */
  read: () => Promise<Record<string, string>>;
  close: () => Promise<void>;
}

/** Looks at a stack's databases, of which it holds on to connections and plans: it is asked after every operation of every contract. */
export async function watchDatabases(stack: Stack): Promise<DatabaseWatch> {
  const owners = Object.values(readDatabases()).flat();
  const watches = await Promise.all(owners.map((owner) => watchSchema(stack.endpoints.migrations[owner] ?? '', owner)));
  return {
    read: async () => {
      const states = await Promise.all(watches.map(({ read }) => read()));
      return Object.assign({}, ...states) as Record<string, string>;
    },
    close: async () => {
      await Promise.all(watches.map(({ close }) => close()));
    },
  };
}

async function watchSchema(url: string, owner: string): Promise<DatabaseWatch> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows: tables } = await client.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = $1 and table_type = 'BASE TABLE'`,
    [owner],
  );
  const contents = tables.filter(({ name }) => !leftOut.has(name)).map(({ name }) => contentOf(owner, name));
  const state = { name: 'state', text: contents.join(' union all ') };
  return {
    read: async () => {
      const { rows } = await client.query<{ name: string; rows: string; digest: string }>(state);
      return Object.fromEntries(rows.map(({ name, rows: count, digest }) => [name, `${count} rows ${digest}`]));
    },
    close: () => client.end(),
  };
}

function contentOf(owner: string, name: string): string {
  const label = pg.escapeLiteral(`${owner}.${name}`);
  const table = `${pg.escapeIdentifier(owner)}.${pg.escapeIdentifier(name)}`;
  return `select ${label} as name, count(*) as rows, md5(coalesce(string_agg(t::text, chr(10) order by t::text), '')) as digest from ${table} t`;
}
