import type { HttpAnswer } from './contract-client.ts';
import { isProblemCode, Problem } from './problem.ts';
import type { FieldError } from './problem.ts';

interface ProblemBody {
  code?: unknown;
  detail?: string;
  errors?: FieldError[];
  [extension: string]: unknown;
}

// What a service may say of itself and its caller may pass on; any other 5xx is its own affair.
const passedOn = new Set(['upstream_unavailable', 'database_unavailable', 'overloaded', 'stopping']);
const ownMembers = new Set(['type', 'title', 'status', 'instance', 'retryable', 'code', 'detail', 'errors']);

/**
 * The Problem in a service's answer. One that blames us (a refused service token) or the service itself (a bug, a page
 * of a proxy) is told to the caller as `upstream_unavailable`.
 */
export function problemOfAnswer({ status, headers, bytes }: HttpAnswer, service: string): Problem {
  const body = parse(bytes);
  const { code, detail, errors } = body;
  if (!isProblemCode(code) || code === 'unauthenticated' || (status >= 500 && !passedOn.has(code))) {
    return new Problem('upstream_unavailable', `${service} answered ${String(status)}.`, { cause: body });
  }
  const retryAfter = headers['retry-after'];
  return new Problem(code, detail, {
    extensions: Object.fromEntries(Object.entries(body).filter(([name]) => !ownMembers.has(name))),
    ...(errors && { errors }),
    ...(typeof retryAfter === 'string' && { headers: { 'Retry-After': retryAfter } }),
  });
}

function parse(bytes: Buffer): ProblemBody {
  try {
    return JSON.parse(bytes.toString()) as ProblemBody;
  } catch {
    return {};
  }
}
