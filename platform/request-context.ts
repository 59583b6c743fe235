import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/** What belongs to the request (or job) being worked on, wherever the code stands. */
export interface RequestContext {
  /** 32 hex digits (W3C Trace Context). */
  traceId: string;
  /** Epoch milliseconds after which nobody waits for the answer any more. */
  deadline: number;
  /** Aborted when the caller goes away. */
  signal: AbortSignal;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work`, and everything that it awaits, in a context. */
export function runInContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** The context of the code that runs; undefined outside of a request and a job. */
export function currentContext(): RequestContext | undefined {
  return storage.getStore();
}

/** A context for work that no request caused, such as a job. */
export function newContext(budgetMs: number, signal: AbortSignal = new AbortController().signal): RequestContext {
  return { traceId: randomBytes(16).toString('hex'), deadline: Date.now() + budgetMs, signal };
}

/** Runs a part of something long, such as a page of many, with time of its own, in the same trace. */
export function withOwnTime<T>(budgetMs: number, work: () => T): T {
  const fresh = newContext(budgetMs);
  return runInContext({ ...fresh, traceId: currentContext()?.traceId ?? fresh.traceId }, work);
}

/** The trace id of a `traceparent` header, or undefined when it is not one (https://www.w3.org/TR/trace-context/). */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  const match = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(traceparent ?? '');
  return match?.[1] === '0'.repeat(32) ? undefined : match?.[1];
}

/** The `traceparent` to send with an outgoing call: the same trace, a new span. */
export function traceparentOf(traceId: string): string {
  return `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
}

/** Milliseconds left of the current deadline, at most `limit`. */
export function remainingMs(limit: number): number {
  const deadline = currentContext()?.deadline;
  return deadline === undefined ? limit : Math.max(0, Math.min(limit, deadline - Date.now()));
}
