/**
 * The one place that knows what a database error means. Prisma wraps PostgreSQL's errors in several shapes (its own
 * codes, a driver adapter's error inside `meta` or `cause`, the bare adapter error), so the codes are looked for at
 * every level.
 */
import { Problem } from './problem.ts';

const retryable = new Set(['P2034', '40001', '40P01', 'TransactionWriteConflict']);
/** What the change needed was there a moment ago: asked again, it is not found. */
const goneMeanwhile = new Set(['P2003', '23503', 'ForeignKeyConstraintViolation', 'P2025']);
const unreachable = new Set([
  ...['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028'],
  ...['57P01', '57P02', '57P03', '53300', '57014', '55P03', '25P03', '25006'],
  ...['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'],
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
]);
const lostConnection =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/;

/** Whether the transaction changed nothing and may simply be run again. */
export function isRetryable(error: unknown): boolean {
  return codesOf(error).some((code) => retryable.has(code));
}

/** Whether the error says that a unique constraint was broken, and (optionally) which fields it names. */
export function isUniqueViolation(error: unknown): boolean {
  return codesOf(error).some((code) => code === 'P2002' || code === '23505' || code === 'UniqueConstraintViolation');
}

/** The Problem behind a database error; undefined when it is a bug. */
export function problemOfDatabaseError(error: unknown): Problem | undefined {
  const codes = codesOf(error);
  if (codes.some((code) => unreachable.has(code) || code.startsWith('08')) || lostConnection.test(messageOf(error))) {
    return new Problem('database_unavailable', undefined, { cause: error });
  }
  if (codes.some((code) => retryable.has(code) || goneMeanwhile.has(code)))
    return new Problem('conflict', undefined, { cause: error });
  // Class 22 is "data exception": a value that got past the contract but that PostgreSQL cannot take.
  if (codes.some((code) => /^22[0-9A-Z]{3}$/.test(code)))
    return new Problem('invalid_request', undefined, { cause: error });
  return undefined;
}

/** Every error code found in an error and what it wraps, outermost first. */
function codesOf(error: unknown, depth = 0): string[] {
  if (typeof error !== 'object' || error === null || depth > 6) return [];
  const own = ['code', 'originalCode', 'kind'].flatMap((name) => {
    const value = (error as Record<string, unknown>)[name];
    return typeof value === 'string' ? [value] : [];
  });
  const inner = ['meta', 'cause', 'driverAdapterError'].flatMap((name) =>
    codesOf((error as Record<string, unknown>)[name], depth + 1),
  );
  return [...own, ...inner];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}
