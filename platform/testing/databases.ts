import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { databaseUrl, readDatabases, roleUrl, withClient } from '../database-setup.ts';
import { testServers } from './servers.ts';
import { waitFor } from './wait.ts';

/** A private, migrated, empty copy of every database, for one test file. */
export interface TestDatabases {
  /** URL for the processes of an owner: role `X`. */
  url(owner: string): string;
  /** URL for the migrations of an owner: role `X_owner`. */
  ownerUrl(owner: string): string;
  /** URL of the superuser in the database of an owner: to look behind the rights. */
  adminUrl(owner: string): string;
  /** Removes the databases; fails when a connection was left open, naming who holds it. */
  drop(): Promise<void>;
}

/** Clones the templates. Call it once in a test file, and `drop` in `afterAll` after everything has been stopped. */
export async function createTestDatabases(): Promise<TestDatabases> {
  const { adminUrl, password } = testServers();
  const suffix = randomBytes(5).toString('hex');
  const databases = readDatabases();
  const copies = Object.keys(databases).map((name) => ({ name, copy: `${name}_${suffix}` }));
  await withClient(adminUrl, async (client) => {
    for (const { name, copy } of copies) await client.query(`CREATE DATABASE ${copy} TEMPLATE ${name}`);
  });

  function copyOf(owner: string): string {
    const name = Object.keys(databases).find((candidate) => databases[candidate]?.includes(owner));
    if (name === undefined) throw new Error(`prisma/databases.json has no database for ${owner}`);
    return databaseUrl(adminUrl, `${name}_${suffix}`);
  }

  return {
    url: (owner) => roleUrl(copyOf(owner), { role: owner, password }),
    ownerUrl: (owner) => roleUrl(copyOf(owner), { role: `${owner}_owner`, password }),
    adminUrl: copyOf,
    drop: () => withClient(adminUrl, (client) => dropAll(client, copies.map(({ copy }) => copy))), // prettier-ignore
  };
}

async function dropAll(client: Client, names: string[]): Promise<void> {
  const leaked = await waitFor('connections to close', () => noConnections(client, names), { timeoutMs: 10_000 }).catch(
    () => listConnections(client, names),
  );
  for (const name of names) await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  if (Array.isArray(leaked))
    throw new Error(`connections were left open, close what holds them:\n${leaked.join('\n')}`);
}

async function noConnections(client: Client, names: string[]): Promise<boolean> {
  return (await listConnections(client, names)).length === 0;
}

async function listConnections(client: Client, names: string[]): Promise<string[]> {
  const { rows } = await client.query<{ usename: string; application_name: string; query: string }>(
    'SELECT usename, application_name, query FROM pg_stat_activity WHERE datname = ANY($1)',
    [names],
  );
  return rows.map((row) => `  role ${row.usename} ${row.application_name}, last query: ${row.query.slice(0, 200)}`);
}
