// Migrations in Prisma's format: `prisma/X/migrations/<time>_<name>/migration.sql`, recorded in `_prisma_migrations`.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg';
import { Logger, runMigrations } from 'graphile-worker';
import pg from 'pg';
import { createEnginePool, withEngine } from './migration-engine.ts';

/** One owner's schema and its database, reached as the role that owns it (`X_owner`). */
export interface MigrationTarget {
  /** Name of the schema and of the folder under `prisma/`. */
  owner: string;
  /** PostgreSQL URL of role `X_owner`. */
  ownerUrl: string;
}

const lockfile = { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' };
const quietLogger = new Logger(() => () => undefined);
const filters = { externalTables: [], externalEnums: [] };

/**
 * Applies every migration that has not run yet, then brings the owner's job queue (schema `X_jobs`, owned by role `X`)
 * up to date. Safe to run by several at once: the engine takes an advisory lock. Answers the names that it applied.
 */
export async function deployMigrations(target: MigrationTarget, prismaDir = 'prisma'): Promise<string[]> {
  const source = readSource(target.owner, prismaDir);
  const applied = await withEngine(engineTarget(target, source), async (engine, pool) => {
    const result = await engine.applyMigrations({ migrationsList: source.migrations, filters });
    if (source.migrations.migrationDirectories.length > 0) {
      await pool.query(`REVOKE INSERT, UPDATE, DELETE ON _prisma_migrations FROM ${pg.escapeIdentifier(target.owner)}`);
    }
    return result.appliedMigrationNames;
  });
  await migrateJobs(target);
  return applied;
}

/** What stands between the folder and the database: empty lists when everything has run. */
export async function migrationStatus(target: MigrationTarget, prismaDir = 'prisma') {
  const source = readSource(target.owner, prismaDir);
  const found = await withEngine(engineTarget(target, source), (engine) =>
    engine.diagnoseMigrationHistory({ migrationsList: source.migrations, optInToShadowDatabase: false, filters }),
  );
  const history = found.history;
  return {
    pending: history && 'unappliedMigrationNames' in history ? history.unappliedMigrationNames : [],
    missingInFolder: history && 'unpersistedMigrationNames' in history ? history.unpersistedMigrationNames : [],
    failed: found.failedMigrationNames,
    edited: found.editedMigrationNames,
  };
}

/**
 * Applies the migrations to `target`, an empty scratch database, and answers the SQL that would still be needed to reach
 * `schema.prisma`; undefined when the two match.
 */
export async function migrationDrift(target: MigrationTarget, prismaDir = 'prisma'): Promise<string | undefined> {
  const source = readSource(target.owner, prismaDir);
  const { exitCode, stdout } = await withEngine(engineTarget(target, source), async (engine) => {
    await engine.applyMigrations({ migrationsList: source.migrations, filters });
    return engine.diff({
      from: { tag: 'schemaDatasource', files: source.files, configDir: source.dir },
      to: { tag: 'schemaDatamodel', files: source.files },
      script: true,
      exitCode: true,
      filters,
    });
  });
  return exitCode === 0 ? undefined : (stdout ?? '');
}

/** Writes a migration in Prisma's format and answers its folder. */
export function writeMigration(owner: string, name: string, sql: string, prismaDir = 'prisma'): string {
  const migrations = path.join(prismaDir, owner, 'migrations');
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const dir = path.join(migrations, `${stamp}_${name}`);
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'migration.sql'), sql);
  writeFileSync(path.join(migrations, lockfile.path), lockfile.content);
  return dir;
}

function engineTarget({ owner, ownerUrl }: MigrationTarget, { files }: Source) {
  return { schema: owner, url: ownerUrl, files };
}

interface Source {
  dir: string;
  files: { path: string; content: string }[];
  migrations: MigrationList;
}

function readSource(owner: string, prismaDir: string): Source {
  const dir = path.resolve(prismaDir, owner);
  const schema = path.join(dir, 'schema.prisma');
  const baseDir = path.join(dir, 'migrations');
  const names = existsSync(baseDir) ? readdirSync(baseDir, { withFileTypes: true }) : [];
  return {
    dir,
    files: [{ path: schema, content: readFileSync(schema, 'utf8') }],
    migrations: {
      baseDir,
      lockfile,
      shadowDbInitScript: '',
      migrationDirectories: names
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort()
        .map((name) => ({ path: name, migrationFile: readMigration(path.join(baseDir, name)) })),
    },
  };
}

function readMigration(dir: string): MigrationList['migrationDirectories'][number]['migrationFile'] {
  return {
    path: 'migration.sql',
    content: { tag: 'ok', value: readFileSync(path.join(dir, 'migration.sql'), 'utf8') },
  };
}

async function migrateJobs({ owner, ownerUrl }: MigrationTarget): Promise<void> {
  const schema = `${owner}_jobs`;
  const pool = createEnginePool({ connectionString: ownerUrl, options: `-c role=${owner}` });
  const holder = await pool.connect();
  try {
    // graphile-worker's migrations are not made for two at once. The lock goes with the connection.
    await holder.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [schema]);
    // Its own first step, without its CREATE SCHEMA: that asks for a right on the whole database.
    await holder.query(
      `CREATE TABLE IF NOT EXISTS ${pg.escapeIdentifier(schema)}.migrations
         (id int PRIMARY KEY, ts timestamptz NOT NULL DEFAULT now(), breaking boolean NOT NULL DEFAULT false)`,
    );
    await runMigrations({ pgPool: pool, schema, logger: quietLogger });
  } finally {
    holder.release(true);
    await pool.end();
  }
}
