// Prisma Migrate without its native engine: Prisma's own schema engine as WebAssembly, over the pg driver adapter.
// It records `_prisma_migrations` as the native one does, so Prisma's own command line can take over at any time.
// The WASM package has no documented API: it is pinned, used in this file alone, and `tests/migrations.test.ts` guards it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum, DriverAdapterError, bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SqlQuery, SqlResultSet } from '@prisma/driver-adapter-utils';
import type * as EngineModule from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { SchemaEngine as Engine } from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

/** What an engine works on: a schema of a database, and the text of its `schema.prisma`. */
export interface EngineTarget {
  schema: string;
  /** PostgreSQL URL of the role that owns the schema. */
  url: string;
  files: { path: string; content: string }[];
}

/** Node's types have no WebAssembly without the DOM's: this is all that is used of it. */
declare const WebAssembly: {
  instantiate(
    binary: Uint8Array,
    imports: Record<string, object>,
  ): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

const internalCharOid = 18;
const textOid = 25;

/** A pool that survives the loss of a connection. */
export function createEnginePool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ connectionTimeoutMillis: 10_000, ...config });
  // A lost connection fails the query that runs on it; an idle one is simply gone.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Works with an engine for one schema of one database, and lets both go. */
export async function withEngine<T>(
  { schema, url, files }: EngineTarget,
  work: (engine: Engine, pool: pg.Pool) => Promise<T>,
): Promise<T> {
  const { SchemaEngine } = await loadEngine();
  const pool = createEnginePool({ connectionString: url });
  const adapter = bindMigrationAwareSqlAdapterFactory(new MigrationPg(pool, { schema }));
  const datamodels = files.map((file): [string, string] => [file.path, file.content]);
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

let engineModule: Promise<typeof EngineModule> | undefined;

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
  const { __wbg_set_wasm: setWasm } = glue as unknown as { __wbg_set_wasm: (exports: unknown) => void };
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
