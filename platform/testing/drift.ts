import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { databaseUrl, setUpDatabase, withClient } from '../database-setup.ts';
import { describeDatabase } from './describe-database.ts';
import { migrationDrift } from '../migrations.ts';

/** What an owner's migrations lead to, seen in a scratch database. */
export interface Outcome {
  /** The SQL that `schema.prisma` has and the migrations have not; undefined when they match. */
  missing: string | undefined;
  /** What they made that `schema.prisma` cannot say: see `describeDatabase`. */
  description: string;
}

/** Runs an owner's migrations in a scratch database of the server. */
export async function tryMigrations(adminUrl: string, owner: string, prismaDir = 'prisma'): Promise<Outcome> {
  const name = `scratch_${owner}_${randomBytes(4).toString('hex')}`;
  await setUpDatabase(adminUrl, name, [owner], prismaDir);
  try {
    const ownerUrl = new URL(databaseUrl(adminUrl, name));
    ownerUrl.searchParams.set('options', `-c role=${owner}_owner -c search_path=${owner},public`);
    const missing = await migrationDrift({ owner, ownerUrl: ownerUrl.href }, prismaDir);
    return { missing, description: await withClient(ownerUrl.href, (client) => describeDatabase(client, owner)) };
  } finally {
    await withClient(adminUrl, (client) => client.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`));
  }
}

/** Where the description is kept. */
export function descriptionFile(owner: string, prismaDir = 'prisma'): string {
  return path.join(prismaDir, owner, 'database.sql');
}

/** The description that is kept; empty when there is none. */
export function readDescription(owner: string, prismaDir = 'prisma'): string {
  const file = descriptionFile(owner, prismaDir);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
