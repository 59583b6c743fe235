// The developer's side of migrations: npm run prisma:migrate -- <command>
//   check [owner…]        do the migrations lead to what schema.prisma says, and to what database.sql describes?
//   diff <owner> <name>   write the migration that is missing
//   describe [owner…]     write database.sql: what schema.prisma cannot say, as it stands after the last migration
//   deploy, status        as in production, against the stack that `npm run dev` has running
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { listOwners } from '../../platform/database-setup.ts';
import { writeMigration } from '../../platform/migrations.ts';
import { descriptionFile, readDescription, tryMigrations } from '../../platform/testing/drift.ts';
import type { Outcome } from '../../platform/testing/drift.ts';
import { findFreePorts } from '../../platform/testing/ports.ts';
import { startPostgres } from '../../platform/testing/postgres.ts';

const [command, ...rest] = process.argv.slice(2);
if (command === 'check') await tryEach(rest, check);
else if (command === 'diff') await diff(rest);
else if (command === 'describe') await tryEach(rest, describe);
else {
  useRunningStack();
  await import('../../platform/migrate.ts');
}

/** Tries the migrations of these owners, or of all, one after another. */
async function tryEach(names: string[], look: (owner: string, outcome: Outcome) => void): Promise<void> {
  await withServer(async (adminUrl) => {
    for (const owner of names.length > 0 ? names : listOwners()) look(owner, await tryMigrations(adminUrl, owner));
  });
}

function check(owner: string, { missing, description }: Outcome): void {
  const isDescribed = readDescription(owner) === description;
  console.log(
    missing === undefined ? `${owner}: migrations match the schema` : `${owner}: not migrated yet:\n${missing}`,
  );
  if (!isDescribed) console.log(`${owner}: run npm run prisma:migrate -- describe ${owner}`);
  if (missing !== undefined || !isDescribed) process.exitCode = 1;
}

function describe(owner: string, { description }: Outcome): void {
  writeFileSync(descriptionFile(owner), description);
  console.log(descriptionFile(owner));
}

async function diff([owner = '', name = '']: string[]): Promise<void> {
  if (!listOwners().includes(owner) || !/^[a-z0-9_]+$/.test(name)) {
    console.error(`say: diff <${listOwners().join('|')}> <name_of_the_change>`);
    process.exitCode = 1;
    return;
  }
  await withServer(async (adminUrl) => {
    const { missing } = await tryMigrations(adminUrl, owner);
    console.log(missing === undefined ? 'nothing to do' : writeMigration(owner, name, missing));
  });
}

/** A throw-away server: comparing needs an empty database, and nobody's data. */
async function withServer(work: (adminUrl: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(path.join(tmpdir(), 'clync-migrate-'));
  const [port = 0] = await findFreePorts(1);
  const server = await startPostgres({
    dataDir: path.join(dir, 'postgres'),
    port,
    password: 'throw-away',
    logFile: path.join(dir, 'postgres.log'),
    settings: { fsync: 'off' },
  });
  try {
    await work(server.adminUrl);
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

function useRunningStack(): void {
  const file = path.join(process.env['CLYNC_DEV_DIR'] ?? '.dev', 'endpoints.json');
  try {
    const { migrations } = JSON.parse(readFileSync(file, 'utf8')) as { migrations: Record<string, string> };
    for (const [owner, url] of Object.entries(migrations))
      process.env[`${owner.toUpperCase()}_OWNER_DATABASE_URL`] ??= url;
  } catch {
    // No stack of its own: the environment must say where the databases are.
  }
}
