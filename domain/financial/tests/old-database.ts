import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { databaseUrl, setUpDatabase, withClient } from '#platform/database-setup';
import { deployMigrations } from '#platform/migrations';
import { testServers } from '#platform/testing/servers';

/** A database of its own as it stood before a migration, for what that one does with the rows that are there. */
export async function createDatabaseBefore(migration: string) {
  const { adminUrl } = testServers();
  const name = `scratch_financial_${randomBytes(4).toString('hex')}`;
  const before = mkdtempSync(path.join(tmpdir(), 'clync-migrations-'));
  cpSync('prisma/financial', path.join(before, 'financial'), { recursive: true });
  const migrations = path.join(before, 'financial', 'migrations');
  for (const entry of readdirSync(migrations)) {
    if (entry >= migration && /^\d/.test(entry)) rmSync(path.join(migrations, entry), { recursive: true });
  }
  await setUpDatabase(adminUrl, name, ['financial']);
  const url = new URL(databaseUrl(adminUrl, name));
  url.searchParams.set('options', '-c role=financial_owner -c search_path=financial,public');
  const ownerUrl = url.href;
  await deployMigrations({ owner: 'financial', ownerUrl }, before);
  const sql = new pg.Pool({ connectionString: ownerUrl, max: 1 });

  return {
    sql,
    /** Calls a function that moves money; answers what it has made. */
    async call(name: string, request: object): Promise<{ id: string }> {
      const { rows } = await sql.query<{ answer: { outcome: string; body: { id: string } } }>(
        `select ${name}($1) as answer`,
        [JSON.stringify(request)],
      );
      const answer = rows[0]?.answer;
      if (answer?.outcome !== 'done') throw new Error(`${name} did not do it: ${JSON.stringify(answer)}`);
      return answer.body;
    },
    /** Runs the migrations that were left out. */
    migrate: () => deployMigrations({ owner: 'financial', ownerUrl }),
    async drop() {
      await sql.end();
      await withClient(adminUrl, (client) => client.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`));
      rmSync(before, { recursive: true });
    },
  };
}
