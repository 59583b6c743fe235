// Makes databases and roles. An administrator's work, done before the first migration and after a new owner appears.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';

/** A role that can sign in. */
export interface RoleLogin {
  role: string;
  password: string;
}

/** The owners that have a schema: the folders `prisma/X` with a `schema.prisma`. */
export function listOwners(prismaDir = 'prisma'): string[] {
  return readdirSync(prismaDir)
    .filter((name) => existsSync(path.join(prismaDir, name, 'schema.prisma')))
    .sort();
}

/** Which owners (schemas) live in which database: `prisma/databases.json`. */
export function readDatabases(prismaDir = 'prisma'): Record<string, string[]> {
  return JSON.parse(readFileSync(path.join(prismaDir, 'databases.json'), 'utf8')) as Record<string, string[]>;
}

/**
 * Creates database `name` when it is not there, and in it the roles, schemas and rights of `owners` (`prisma/roles.sql`).
 * Repeating it changes nothing. Do not run it for two databases at once: roles belong to the whole server.
 */
export async function setUpDatabase(
  adminUrl: string,
  name: string,
  owners: string[],
  prismaDir = 'prisma',
): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  });
  await withClient(databaseUrl(adminUrl, name), async (client) => {
    await client.query(`SELECT set_config('clync.owners', $1, false)`, [owners.join(',')]);
    await client.query('SET client_min_messages = warning');
    await client.query(readFileSync(path.join(prismaDir, 'roles.sql'), 'utf8'));
  });
}

/** Sets the passwords of roles that exist. */
export async function setPasswords(adminUrl: string, logins: RoleLogin[]): Promise<void> {
  await withClient(adminUrl, async (client) => {
    // One statement at a time: ALTER ROLE takes no parameters, and the text must not reach the server's log.
    await client.query('SET log_min_error_statement = panic');
    for (const { role, password } of logins) {
      await client.query(`ALTER ROLE ${pg.escapeIdentifier(role)} PASSWORD ${pg.escapeLiteral(password)}`);
    }
  });
}

/** The same server and role, another database. */
export function databaseUrl(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(name)}`;
  return changed.href;
}

/** The same server and database, another role. */
export function roleUrl(url: string, { role, password }: RoleLogin): string {
  const changed = new URL(url);
  changed.username = encodeURIComponent(role);
  changed.password = encodeURIComponent(password);
  return changed.href;
}

/** Connects, works, and always disconnects. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
