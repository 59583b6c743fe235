// Prisma Migrate without its native engine: Prisma's own schema engine as WebAssembly, over the pg driver adapter.
// It records `_prisma_migrations` as the native one does, so Prisma's own command line can take over at any time.
// The WASM package has no documented API: it is pinned, used in this file alone, and `tests/migrations.test.ts` guards it.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum, DriverAdapterError, bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SqlQuery, SqlResultSet } from '@prisma/driver-adapter-utils';
import type { MigrationList, SchemaEngine as Engine } from '@prisma/schema-engine-wasm/schema_engine_bg';
import { Logger, runMigrations } from 'graphile-worker';
import pg from 'pg';

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
/** Node's types have no WebAssembly without the DOM's: this is all that is used of it. */
declare const WebAssembly: {
  instantiate(
    binary: Uint8Array,
    imports: Record<string, object>,
  ): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

const internalCharOid = 18;
const textOid = 25;

/** The owners that have a schema: the folders `prisma/X` with a `schema.prisma`. */
export function listOwners(prismaDir = 'prisma'): string[] {
  return readdirSync(prismaDir)
    .filter((name) => existsSync(path.join(prismaDir, name, 'schema.prisma')))
    .sort();
}

/**
 * Applies every migration that has not run yet, then brings the owner's job queue (schema `X_jobs`, owned by role `X`)
 * up to date. Safe to run by several at once: the engine takes an advisory lock. Answers the names that it applied.
 */
export async function deployMigrations(target: MigrationTarget, prismaDir = 'prisma'): Promise<string[]> {
  const source = readSource(target.owner, prismaDir);
  const applied = await withEngine(target, source, async (engine, pool) => {
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
  const found = await withEngine(target, source, (engine) =>
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
  const { exitCode, stdout } = await withEngine(target, source, async (engine) => {
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
  const schema = pg.escapeIdentifier(`${owner}_jobs`);
  const pool = createPool({ connectionString: ownerUrl, options: `-c role=${owner}` });
  try {
    // graphile-worker's own first step, without its CREATE SCHEMA: that asks for a right on the whole database.
    await pool.query(
      `CREATE TABLE IF NOT EXISTS ${schema}.migrations
         (id int PRIMARY KEY, ts timestamptz NOT NULL DEFAULT now(), breaking boolean NOT NULL DEFAULT false)`,
    );
    await runMigrations({ pgPool: pool, schema: `${owner}_jobs`, logger: quietLogger });
  } finally {
    await pool.end();
  }
}

function createPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ connectionTimeoutMillis: 10_000, ...config });
  // A lost connection fails the query that runs on it; an idle one is simply gone.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

async function withEngine<T>(
  { owner, ownerUrl }: MigrationTarget,
  source: Source,
  work: (engine: Engine, pool: pg.Pool) => Promise<T>,
): Promise<T> {
  const { SchemaEngine } = await loadEngine();
  const pool = createPool({ connectionString: ownerUrl });
  const adapter = bindMigrationAwareSqlAdapterFactory(new MigrationPg(pool, { schema: owner }));
  const datamodels = source.files.map((file): [string, string] => [file.path, file.content]);
  try {
    const engine = await SchemaEngine.new({ datamodels }, () => undefined, adapter);
    try {
      return await work(engine, pool);
    } finally {
      engine.free();
    }
  } finally {
    await pool.end();
  }
}

let engineModule: Promise<typeof import('@prisma/schema-engine-wasm/schema_engine_bg')> | undefined;

function loadEngine() {
  engineModule ??= instantiateEngine();
  return engineModule;
}

async function instantiateEngine() {
  const glue = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const resolve = createRequire(import.meta.url).resolve;
  const binary = resolve('@prisma/schema-engine-wasm/schema_engine_bg').replace(/\.js$/, '.wasm');
  const panics = { set_message: (message: string): never => { throw new Error(message); } }; // prettier-ignore
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: panics });
  const imports = { './schema_engine_bg.js': withoutLingeringTimers(glue) };
  const { instance } = await WebAssembly.instantiate(readFileSync(binary), imports);
  const { __wbg_set_wasm: setWasm } = glue as unknown as { __wbg_set_wasm(exports: unknown): void };
  setWasm(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();
  return glue;
}

/** The engine leaves a 10 s timer of its lock behind, which must not keep a finished process alive. */
function withoutLingeringTimers(glue: object): object {
  const entries = Object.entries(glue).map(([name, value]: [string, unknown]) =>
    name.startsWith('__wbg_setTimeout_')
      ? [name, (callback: () => void, delay: number) => setTimeout(callback, delay >>> 0).unref()]
      : [name, value],
  );
  return Object.fromEntries(entries) as object;
}

interface CatalogAdapter {
  performIO(query: SqlQuery): Promise<{ fields: { dataTypeID: number }[] }>;
  queryRaw(query: SqlQuery): Promise<SqlResultSet>;
}

/** What PostgreSQL said, as it said it: with the code of an internal error, which the engine does not rephrase. */
function describeError({ code = '', message, detail, hint, position }: pg.DatabaseError) {
  const place = position === undefined ? '' : ` at character ${position}`;
  const text = [`${message} (${code}${place})`, detail, hint].filter((part) => part !== undefined).join('. ');
  return {
    kind: 'postgres' as const,
    code: 'XX000',
    severity: 'ERROR',
    message: text,
    detail,
    hint,
    column: undefined,
  };
}

/**
 * Two corrections of adapter-pg: PostgreSQL's internal "char", which the engine reads from pg_catalog, is not mapped there
 * (it travels as text); and a script is cut at every semicolon, which breaks functions (it is sent whole).
 */
class MigrationPg extends PrismaPg {
  override async connect() {
    const adapter = await super.connect();
    const open = adapter as unknown as CatalogAdapter;
    const charColumns = new WeakMap<SqlQuery, number[]>();
    const performIO = open.performIO.bind(adapter);
    const queryRaw = open.queryRaw.bind(adapter);
    adapter.executeScript = async (script) => {
      await adapter
        .underlyingDriver()
        .query(script)
        .catch((error: unknown) => {
          throw new DriverAdapterError(describeError(error as pg.DatabaseError));
        });
    };
    open.performIO = async (query) => {
      const result = await performIO(query);
      const found = result.fields.flatMap((field, column) => (field.dataTypeID === internalCharOid ? [column] : []));
      charColumns.set(query, found);
      for (const field of result.fields) if (field.dataTypeID === internalCharOid) field.dataTypeID = textOid;
      return result;
    };
    open.queryRaw = async (query) => {
      const result = await queryRaw(query);
      for (const column of charColumns.get(query) ?? []) result.columnTypes[column] = ColumnTypeEnum.Character;
      return result;
    };
    return adapter;
  }
}
