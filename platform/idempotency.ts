/**
 * One key, one effect: the key is claimed and the answer kept in the transaction of the effect itself, so that a crash
 * leaves both or neither. (After Stripe's idempotent requests and the IETF draft "The Idempotency-Key HTTP Header Field".)
 */
import { createHash } from 'node:crypto';
import { inTransaction } from './database.ts';
import { Problem } from './problem.ts';

interface Row {
  request_hash: string;
  status: number;
  body: unknown;
}
interface Transaction {
  $queryRawUnsafe<T>(query: string, ...values: unknown[]): Promise<T>;
  $executeRawUnsafe(query: string, ...values: unknown[]): Promise<number>;
}
interface Transactional<Tx> {
  $transaction<T>(work: (tx: Tx) => Promise<T>, options: { maxWait: number; timeout: number }): Promise<T>;
}

export interface IdempotentRequest {
  /** The person; the scope of a key is the person and the operation. */
  ownerId: string;
  operation: string;
  /** The `Idempotency-Key` header; without one the effect simply runs. */
  key: string | undefined;
  /** What must be the same when the key comes again: path and body. */
  request: unknown;
}

export interface Outcome<Body> {
  status: number;
  body: Body;
  replayed: boolean;
}

/**
 * Runs `effect` once for a key and gives its answer; gives the kept answer when the key comes again. Only successes are
 * kept: a refusal changed nothing, so the same key may try again. The table is `idempotency` of the schema in the
 * connection's search path.
 * @throws idempotency_in_flight while the first request runs; idempotency_key_reused when the request differs.
 */
export async function idempotent<Tx extends Transaction, Body>(
  db: Transactional<Tx>,
  { ownerId, operation, key, request }: IdempotentRequest,
  effect: (tx: Tx) => Promise<{ status: number; body: Body }>,
): Promise<Outcome<Body>> {
  return inTransaction(db, async (tx) => {
    if (key === undefined) return { ...(await effect(tx)), replayed: false };
    const hash = hashOf(request);
    await claim(tx, `${ownerId} ${operation} ${key}`);
    const kept = await find(tx, ownerId, operation, key);
    if (kept) {
      if (kept.request_hash !== hash) throw new Problem('idempotency_key_reused');
      return { status: kept.status, body: kept.body as Body, replayed: true };
    }
    const outcome = await effect(tx);
    await tx.$executeRawUnsafe(
      `insert into idempotency (owner_id, operation, key, request_hash, status, body) values ($1::uuid, $2, $3, $4, $5, $6::jsonb)`,
      ...[ownerId, operation, key, hash, outcome.status, JSON.stringify(outcome.body ?? null)],
    );
    return { ...outcome, replayed: false };
  });
}

/** The header that says of a kept answer that it is one. */
export function replayedHeader({ replayed }: { replayed: boolean }): Record<string, string> {
  return replayed ? { 'Idempotency-Replayed': 'true' } : {};
}

/** The digest by which two requests with one key are compared. */
export function hashOf(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('base64url');
}

/** Holds the key until the transaction ends; a second holder is told at once instead of waiting. */
async function claim(tx: Transaction, scope: string): Promise<void> {
  const [row] = await tx.$queryRawUnsafe<{ claimed: boolean }[]>(
    'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as claimed',
    scope,
  );
  if (row?.claimed !== true) throw new Problem('idempotency_in_flight');
}

async function find(tx: Transaction, ownerId: string, operation: string, key: string): Promise<Row | undefined> {
  const rows = await tx.$queryRawUnsafe<Row[]>(
    'select request_hash, status, body from idempotency where owner_id = $1::uuid and operation = $2 and key = $3',
    ...[ownerId, operation, key],
  );
  return rows[0];
}
