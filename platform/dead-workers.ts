import pg from 'pg';
import type { Logger } from './logger.ts';

const lookEveryMs = 2_000;
/** A pool takes its lock of life a moment after it is made; what it holds that early is left alone. */
const graceSeconds = 3;

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
  const key = `hashtextextended('${schema} ' || $1, 0)`;
  let own: string | undefined;
  let session: pg.Client | undefined;
  let stopped = false;
  let looking: Promise<void> | undefined;

  /** A new session holds no lock, so it begins by taking ours. */
  async function connect(poolId: string): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: url,
      application_name: `${schema} watch`,
      connectionTimeoutMillis: 2_000,
    });
    client.on('error', () => {
      session = undefined;
    });
    await client.connect();
    await client.query(`select pg_try_advisory_lock(${key})`, [poolId]);
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
    for (const { pool } of rows) await freeIfDead(session, pool);
  }

  async function freeIfDead(client: pg.Client, pool: string): Promise<void> {
    const { rows } = await client.query<{ dead: boolean }>(`select pg_try_advisory_lock(${key}) as dead`, [pool]);
    if (rows[0]?.dead !== true) return;
    await client.query(`select ${name}.force_unlock_workers(array[$1])`, [pool]);
    await client.query(`select pg_advisory_unlock(${key})`, [pool]);
    log.info({ pool }, 'freed the jobs of a worker that is gone');
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
