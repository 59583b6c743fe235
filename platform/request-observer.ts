import { randomBytes } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import type { Logger } from './logger.ts';
import { runInContext, traceIdOf } from './request-context.ts';
import type { Telemetry } from './telemetry.ts';

const operations = new WeakMap<Response, string>();

/** Names the operation that a response belongs to, for its log line and its metric. */
export function nameOperation(response: Response, operationId: string): void {
  operations.set(response, operationId);
}

interface ObserverOptions {
  log: Logger;
  telemetry: Telemetry;
  /** How long a request may take at most. */
  budgetMs: number;
  /** Whether a caller may shorten the budget (`X-Request-Timeout-Ms`): true for our own services alone. */
  trustsDeadline: boolean;
}

/**
 * Gives each request its context (trace id, deadline, abort signal), `X-Request-Id`, one log line and one metric. The
 * line has no query string: it could hold what must not be logged.
 */
export function createObserver({ log, telemetry, budgetMs, trustsDeadline }: ObserverOptions): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    const traceId = traceIdOf(request.headers.traceparent?.toString()) ?? randomBytes(16).toString('hex');
    const asked = trustsDeadline ? Number(request.headers['x-request-timeout-ms'] ?? budgetMs) : budgetMs;
    const budget = Number.isFinite(asked) ? Math.min(Math.max(asked, 1), budgetMs) : budgetMs;
    const abort = new AbortController();

    response.set('X-Request-Id', traceId);
    response.once('close', () => {
      if (!response.writableFinished) abort.abort(new Error('the caller went away'));
      const seconds = (performance.now() - started) / 1000;
      const operation = operations.get(response) ?? 'none';
      telemetry.observeRequest(operation, response.statusCode, seconds);
      log.info(
        {
          traceId,
          operation,
          method: request.method,
          path: request.path,
          status: response.statusCode,
          ms: Math.round(seconds * 1000),
        },
        'request',
      );
    });
    runInContext({ traceId, deadline: Date.now() + budget, signal: abort.signal }, next);
  };
}
