import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { databaseUrl, listOwners, roleUrl, setPasswords, setUpDatabase, withClient } from '../database-setup.ts';
import { deployMigrations, migrationStatus, writeMigration } from '../migrations.ts';
import { createTestDatabases } from '../testing/databases.ts';
import type { TestDatabases } from '../testing/databases.ts';
import { readDescription, tryMigrations } from '../testing/drift.ts';
import { testServers } from '../testing/servers.ts';

const { adminUrl } = testServers();

describe.each(listOwners())('migrations of %s', (owner) => {
  test('lead to what schema.prisma says, and to what database.sql describes', async () => {
    const { missing, description } = await tryMigrations(adminUrl, owner);

    expect(missing).toBeUndefined();
    expect(readDescription(owner)).toBe(description); // npm run prisma:migrate -- describe
  });
});

describe('the migration engine', () => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'clync-migrations-'));
  const folder = path.join(scratch, 'prisma');
  const schema = path.join(folder, 'shelf', 'schema.prisma');
  const database = `shelf_${path.basename(scratch).toLowerCase().replace(/\W/g, '')}`;
  const owner = 'shelf';
  const ownerUrl = roleUrl(databaseUrl(adminUrl, database), { role: 'shelf_owner', password: 'shelf' });

  beforeAll(async () => {
    cpSync('prisma/roles.sql', path.join(folder, 'roles.sql'), { recursive: true });
    writeFileSync(path.join(scratch, 'package.json'), '{}');
    cpSync(path.join(import.meta.dirname, 'shelf.prisma'), schema);
    await setUpDatabase(adminUrl, database, [owner], folder);
    await setPasswords(adminUrl, [{ role: 'shelf_owner', password: 'shelf' }]);
  });

  afterAll(async () => {
    await withClient(adminUrl, (client) => client.query(`DROP DATABASE ${database} WITH (FORCE)`));
    rmSync(scratch, { recursive: true });
  });

  test('finds what the schema has and the migrations have not, and writes it', async () => {
    const { missing } = await tryMigrations(adminUrl, owner, folder);
    expect(missing).toContain('CREATE TABLE "book"');

    writeMigration(owner, 'first', missing ?? '', folder);

    expect((await tryMigrations(adminUrl, owner, folder)).missing).toBeUndefined();
    expect(readdirSync(path.join(folder, owner, 'migrations'))).toContain('migration_lock.toml');
  });

  test('applies each migration once, also when two run at the same time', async () => {
    expect((await migrationStatus({ owner, ownerUrl }, folder)).pending).toHaveLength(1);

    const applied = await Promise.all([1, 2].map(() => deployMigrations({ owner, ownerUrl }, folder)));

    expect(applied.flat()).toHaveLength(1);
    expect(await migrationStatus({ owner, ownerUrl }, folder)).toEqual({
      pending: [],
      missingInFolder: [],
      failed: [],
      edited: [],
    });
  });

  test('records what ran as Prisma does, out of reach of the process role', async () => {
    const rows = await withClient(ownerUrl, async (client) => {
      const { rows: found } = await client.query(
        'SELECT migration_name, finished_at, applied_steps_count FROM _prisma_migrations',
      );
      return found as { migration_name: string; finished_at: Date | null; applied_steps_count: number }[];
    });
    expect(rows).toEqual([
      {
        migration_name: expect.stringMatching(/^\d{14}_first$/),
        finished_at: expect.any(Date),
        applied_steps_count: 1,
      },
    ]);

    const asProcess = withClient(ownerUrl, async (client) => {
      await client.query('SET ROLE shelf');
      await client.query('DELETE FROM shelf._prisma_migrations');
    });
    await expect(asProcess).rejects.toThrow('permission denied');
  });

  test('brings the job queue of the owner along', async () => {
    const job = withClient(ownerUrl, async (client) => {
      await client.query('SET ROLE shelf');
      return client.query(`SELECT FROM shelf_jobs.add_job('tidy')`);
    });
    await expect(job).resolves.toHaveProperty('rowCount', 1);
  });

  test('applies all of a migration or nothing, and says why it failed', async () => {
    writeMigration(owner, 'broken', 'CREATE TABLE extra (); SELECT nonsense;', folder);

    await expect(deployMigrations({ owner, ownerUrl }, folder)).rejects.toThrow('column "nonsense" does not exist');

    expect((await migrationStatus({ owner, ownerUrl }, folder)).failed).toEqual([expect.stringMatching(/_broken$/)]);
    await expect(withClient(ownerUrl, (client) => client.query('SELECT FROM extra'))).rejects.toThrow('does not exist');
  });

  test('names a migration that was edited after it ran', async () => {
    const migrations = path.join(folder, owner, 'migrations');
    const first = readdirSync(migrations).find((name) => name.endsWith('_first')) ?? '';
    writeFileSync(path.join(migrations, first, 'migration.sql'), 'SELECT 1;');

    expect((await migrationStatus({ owner, ownerUrl }, folder)).edited).toEqual([first]);
  });
});

describe('test databases', () => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await createTestDatabases();
  });

  test('name the connection that a test left open', async () => {
    const { Client } = (await import('pg')).default;
    const leaked = new Client({ connectionString: databases.adminUrl('social'), application_name: 'the leak' });
    leaked.on('error', () => undefined);
    await leaked.connect();

    await expect(databases.drop()).rejects.toThrow('the leak');
  });
});
