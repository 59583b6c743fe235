import pg from 'pg';
import { readDatabases } from '../../platform/database-setup.ts';
import { waitFor } from '../../platform/testing/wait.ts';
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

interface SchemaWatch extends DatabaseWatch {
  /** Whether no job is left to do now or in some seconds, such as a sync behind another. Who asks for another one does so before it ends. */
  isAtRest: () => Promise<boolean>;
}

/**
 * Looks at a stack's databases, of which it holds on to connections and plans: it is asked after every operation of every contract.
 * Begins when no job is left to do.
 */
export async function watchDatabases(stack: Stack): Promise<DatabaseWatch> {
  const owners = Object.values(readDatabases()).flat();
  const watches = await Promise.all(owners.map((owner) => watchSchema(stack.endpoints.migrations[owner] ?? '', owner)));
  await waitFor('the jobs to be done', async () => {
    const atRest = await Promise.all(watches.map(({ isAtRest }) => isAtRest()));
    return atRest.every(Boolean);
  });
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

async function watchSchema(url: string, owner: string): Promise<SchemaWatch> {
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
    isAtRest: async () => {
      const { rowCount } = await client.query(
        `select from ${owner}_jobs._private_jobs where run_at < now() + interval '10 s' and attempts < max_attempts limit 1`,
      );
      return rowCount === 0;
    },
    close: () => client.end(),
  };
}

function contentOf(owner: string, name: string): string {
  const label = pg.escapeLiteral(`${owner}.${name}`);
  const table = `${pg.escapeIdentifier(owner)}.${pg.escapeIdentifier(name)}`;
  return `select ${label} as name, count(*) as rows, md5(coalesce(string_agg(t::text, chr(10) order by t::text), '')) as digest from ${table} t`;
}
