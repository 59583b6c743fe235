import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { databaseUrl, setUpDatabase, withClient } from '../database-setup.ts';
import { migrationDrift } from '../migrations.ts';

/**
 * Runs an owner's migrations in a scratch database of the server and answers the SQL that `schema.prisma` has and they
 * have not; undefined when they match.
 */
export async function findDrift(adminUrl: string, owner: string, prismaDir = 'prisma'): Promise<string | undefined> {
  const name = `scratch_${owner}_${randomBytes(4).toString('hex')}`;
  await setUpDatabase(adminUrl, name, [owner], prismaDir);
  try {
    const ownerUrl = new URL(databaseUrl(adminUrl, name));
    ownerUrl.searchParams.set('options', `-c role=${owner}_owner -c search_path=${owner},public`);
    return await migrationDrift({ owner, ownerUrl: ownerUrl.href }, prismaDir);
  } finally {
    await withClient(adminUrl, (client) => client.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`));
  }
}
