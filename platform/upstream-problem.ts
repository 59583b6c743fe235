import type { HttpAnswer } from './contract-client.ts';
import { isProblemCode, Problem } from './problem.ts';
import type { FieldError } from './problem.ts';

interface ProblemBody {
  code?: unknown;
  detail?: string;
  errors?: FieldError[];
  [extension: string]: unknown;
}

// The 5xx that a service says of itself. Any other one of the catalogue is about what stands behind it.
const ownFailures = new Set([
  'upstream_unavailable',
  'database_unavailable',
  'overloaded',
  'stopping',
  'internal_error',
]);
// What tells the caller when to come back, and how much is left.
const passedHeaders = [
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
];
const ownMembers = new Set(['type', 'title', 'status', 'instance', 'retryable', 'code', 'detail', 'errors']);

/**
 * The Problem in a service's answer. One that blames us (a refused service token) or the service itself (a bug, a page
 * of a proxy) is told to the caller as `upstream_unavailable`.
 */
export function problemOfAnswer({ status, headers, bytes }: HttpAnswer, service: string): Problem {
  const body = parse(bytes);
  const { code, detail, errors } = body;
  if (!isProblemCode(code) || code === 'unauthenticated' || code === 'internal_error') {
    return new Problem('upstream_unavailable', `${service} answered ${String(status)}.`, { cause: body });
  }
  return new Problem(code, detail, {
    extensions: Object.fromEntries(Object.entries(body).filter(([name]) => !ownMembers.has(name))),
    ...(errors && { errors }),
    headers: Object.fromEntries(
      passedHeaders.flatMap((name) => {
        const value = headers[name.toLowerCase()];
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    ),
  });
}

interface NoAnswerOptions {
  cause?: unknown;
  /** True when it came of the caller (who left, or had no time) or of too many calls: nothing is known of the service. */
  saysNothing?: boolean;
}

/** A call to a service that brought no answer. */
export class NoAnswer extends Problem {
  readonly saysNothing: boolean;

  constructor(service: string, why: string, { cause, saysNothing = false }: NoAnswerOptions = {}) {
    super('upstream_unavailable', `${service} did not answer: ${why}.`, { cause });
    this.saysNothing = saysNothing;
  }
}

/** Whether a call failed because of the service that was called, so that it is better left alone for a while. */
export function isFailureOf(error: unknown): boolean {
  return !(error instanceof Problem) || ownFailures.has(error.code);
}

function parse(bytes: Buffer): ProblemBody {
  try {
    return JSON.parse(bytes.toString()) as ProblemBody;
  } catch {
    return {};
  }
}
