import { setTimeout as delay } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { isRetryable } from './database-errors.ts';

interface DatabaseOptions {
  /** The URL of the runtime role. */
  url: string;
  schema: string;
  /** Shown in pg_stat_activity. */
  name: string;
  /** Connections at most; a request that finds none within 2 s is refused. */
  poolSize?: number;
}

type ClientClass<Client> = new (options: { adapter: PrismaPg }) => Client;
interface PrismaLike {
  $disconnect(): Promise<void>;
}

// A hot statement that begins with its name as a comment, such as getHome, is planned once for each connection.
const namedStatement = /^\s*\/\* (\w+) \*\//;

/**
 * A Prisma client over a small pool in which every wait has an end: for a connection, a statement, a lock, and an idle
 * transaction (`$transaction`'s own timeout does not cancel the running query).
 */
export function createDatabase<Client extends PrismaLike>(PrismaClient: ClientClass<Client>, options: DatabaseOptions) {
  const adapter = new PrismaPg(
    {
      connectionString: options.url,
      application_name: options.name,
      max: options.poolSize ?? 8,
      connectionTimeoutMillis: 2_000,
      idleTimeoutMillis: 30_000,
      statement_timeout: 5_000,
      lock_timeout: 3_000,
      idle_in_transaction_session_timeout: 10_000,
    },
    { schema: options.schema, statementNameGenerator: ({ sql }) => namedStatement.exec(sql)?.[1] ?? '' },
  );
  const db = new PrismaClient({ adapter });
  const lane = createCheckLane(options);
  return {
    db,
    check: async () => {
      await lane.query('select 1');
    },
    close: async () => {
      await Promise.all([db.$disconnect(), lane.end()]);
    },
  };
}

/** A connection of its own, so that a process whose pool is busy is not taken for one whose database is gone. */
function createCheckLane({ url, name }: DatabaseOptions): pg.Pool {
  const lane = new pg.Pool({
    connectionString: url,
    application_name: `${name} check`,
    max: 1,
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
    idleTimeoutMillis: 30_000,
  });
  // Whatever ended it while it was idle, the next check tells.
  lane.on('error', () => undefined);
  return lane;
}

interface Transactional<Transaction> {
  $transaction<T>(work: (tx: Transaction) => Promise<T>, options: { maxWait: number; timeout: number }): Promise<T>;
}

const tries = 5;

/**
 * Runs `work` in one transaction, again when PostgreSQL says that it lost a race (at most 5 times, full jitter). `work`
 * must therefore have no effect outside the transaction, and never waits for the network.
 */
export async function inTransaction<Transaction, T>(
  db: Transactional<Transaction>,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.$transaction(work, { maxWait: 2_000, timeout: 8_000 });
    } catch (error) {
      if (attempt === tries || !isRetryable(error)) throw error;
      await delay(Math.random() * 10 * 2 ** attempt);
    }
  }
}

const rowsAtOnce = 5_000;

/**
 * Deletes until a batch is not full. `deleteSome` deletes at most `limit` rows; each batch is a transaction of its own, so that
 * nobody waits for its locks, whatever has piled up.
 */
export async function deleteInBatches(deleteSome: (limit: number) => Promise<{ count: number }>): Promise<void> {
  for (;;) {
    const { count } = await deleteSome(rowsAtOnce);
    if (count < rowsAtOnce) return;
  }
}
