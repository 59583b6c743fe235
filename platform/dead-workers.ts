import pg from 'pg';
import type { Logger } from './logger.ts';

const lookEveryMs = 2_000;
/** A pool takes its lock of life a moment after it is made; what it holds that early is left alone. */
const graceSeconds = 3;

const patience = { connectionTimeoutMillis: 2_000, query_timeout: 5_000 };
const lockOfPool = `hashtextextended($1 || ' ' || $2, 0)`;

interface WatchOptions {
  url: string;
  /** The schema of the queue, such as `social_jobs`. */
  schema: string;
  log: Logger;
}

/**
 * Frees the jobs of killed workers within seconds; graphile-worker by itself leaves them locked for four hours. Each
 * worker pool shows that it lives by an advisory lock of its session, which PostgreSQL drops with the connection: so
 * whoever can take the lock of a pool knows that the pool is dead. (Needs a session of its own: no transaction pooler.)
 */
export function watchDeadWorkers({ url, schema, log }: WatchOptions) {
  const name = pg.escapeIdentifier(schema);
  let own: string | undefined;
  let session: pg.Client | undefined;
  let stopped = false;
  let looking: Promise<void> | undefined;
  /** Pools whose lock was free when this session looked last: gone, or about to take it in a new session of theirs. */
  let suspects = new Set<string>();

  /** A new session holds no lock, so it begins by taking ours; it is free again as soon as whoever looked at it just now is done. */
  async function connect(poolId: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url, application_name: `${schema} watch`, ...patience });
    client.on('error', () => {
      session = undefined;
    });
    await client.connect();
    if (!(await takeLock(client, schema, poolId))) {
      await client.end();
      throw new Error('the lock of this pool is held by somebody else');
    }
    suspects = new Set();
    return client;
  }

  async function look(): Promise<void> {
    if (own === undefined) return;
    session ??= await connect(own);
    const { rows } = await session.query<{ pool: string }>(
      `select distinct locked_by as pool from ${name}._private_jobs
       where locked_by <> $1 and locked_at < now() - make_interval(secs => ${String(graceSeconds)})`,
      [own],
    );
    const found = new Set<string>();
    for (const { pool } of rows) if (await freeIfDead(session, pool)) found.add(pool);
    suspects = found;
  }

  /** A pool is dead whose lock is free at two looks in a row. Says whether it is free. */
  async function freeIfDead(client: pg.Client, pool: string): Promise<boolean> {
    if (!(await takeLock(client, schema, pool))) return false;
    if (suspects.has(pool)) {
      await client.query(`select ${name}.force_unlock_workers(array[$1])`, [pool]);
      log.info({ pool }, 'freed the jobs of a worker that is gone');
    }
    await client.query(`select pg_advisory_unlock(${lockOfPool})`, [schema, pool]);
    return true;
  }

  function lookSafely(): void {
    looking ??= look()
      .catch((error: unknown) => {
        log.debug({ err: error }, 'could not look for dead workers; looking again soon');
        void session?.end().catch(() => undefined);
        session = undefined;
      })
      .finally(() => {
        looking = undefined;
      });
  }

  const timer = setInterval(lookSafely, lookEveryMs);
  return {
    /** Says which pool is ours, as soon as there is one. */
    begin(poolId: string): void {
      own = poolId;
      if (!stopped) lookSafely();
    },
    async stop(): Promise<void> {
      stopped = true;
      clearInterval(timer);
      await looking;
      await session?.end();
    },
  };
}

/** Takes the lock that a pool holds while it lives; false when somebody has it. */
async function takeLock(client: pg.Client, schema: string, pool: string): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(${lockOfPool}) as taken`, [
    schema,
    pool,
  ]);
  return rows[0]?.taken === true;
}
