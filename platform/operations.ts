import type { Express, Request, RequestHandler, Response } from 'express';
import { keepPlace } from './admission.ts';
import { authenticate } from './authenticate.ts';
import { listOperations } from './document.ts';
import type { OperationEntry } from './document.ts';
import { lowerCaseBodyIds, lowerCaseParameterIds } from './lower-case-ids.ts';
import { requirePlainNumbers } from './plain-numbers.ts';
import { Problem } from './problem.ts';
import { rawBodyOf, readJsonBody, refuseUnstorableText } from './request-body.ts';
import { currentContext, remainingMs } from './request-context.ts';
import { nameOperation } from './request-observer.ts';
import { sendReply } from './send.ts';
import type { ServiceOptions } from './service.ts';
import { createValidator, validateRoute } from './validate.ts';

/** One route for each operation: who calls, the body, the contract, then the handler. */
export function mountOperations<Operations, Caller>(app: Express, options: ServiceOptions<Operations, Caller>): void {
  const { document, settings } = options;
  const validator = createValidator(document, settings.validateResponses);
  const operations = listOperations(document);

  for (const entry of operations) {
    app[entry.method](
      routeOf(entry.path),
      identify(entry, options),
      readJsonBody,
      refuseUnstorableText,
      requirePlainNumbers(document, entry),
      lowerCaseBodyIds(document, entry),
      validateRoute(validator, entry.path),
      lowerCaseParameterIds(document, entry),
      handle(entry, options),
    );
  }
  for (const path of new Set(operations.map((entry) => entry.path))) {
    const allowed = operations.filter((entry) => entry.path === path).map(({ method }) => method.toUpperCase());
    app.all(routeOf(path), () => {
      throw new Problem('method_not_allowed', undefined, { headers: { Allow: allowed.join(', ') } });
    });
  }
}

/** `/v1/posts/{postId}` as Express writes it. */
function routeOf(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

const callers = new WeakMap<Request, unknown>();

function identify<Operations, Caller>(
  entry: OperationEntry,
  options: ServiceOptions<Operations, Caller>,
): RequestHandler {
  return async (request, response, next) => {
    nameOperation(response, entry.id);
    response.set('Cache-Control', 'private, no-cache');
    const caller = (await authenticate(request, entry, options.authenticators)) ?? options.anonymous;
    if (caller !== undefined) await options.guard?.(caller, entry, request);
    callers.set(request, caller);
    next();
  };
}

function handle<Operations, Caller>(
  entry: OperationEntry,
  options: ServiceOptions<Operations, Caller>,
): RequestHandler {
  const handlers = options.handlers as Record<string, (call: object) => Promise<Parameters<typeof sendReply>[2]>>;
  const handler = handlers[entry.id];
  if (!handler) throw new Error(`${entry.id} has no handler`);

  return async (request: Request, response: Response) => {
    assertAwaited();
    const caller = callers.get(request) as Caller | undefined;
    const call = {
      caller,
      path: request.params,
      query: request.query,
      headers: request.headers,
      body: request.body as unknown,
      rawBody: rawBodyOf(request),
      signal: currentContext()?.signal,
      request,
    };
    const reply = await keepPlace(response, async () => handler(call));
    const etagSalt = caller === undefined ? undefined : options.etagSalt?.(caller);
    sendReply(request, response, reply, { etagSalt, validate: options.settings.validateResponses });
  };
}

/** Nothing is begun that nobody waits for any more. */
function assertAwaited(): void {
  if (currentContext()?.signal.aborted === true || remainingMs(1) <= 0) {
    throw new Problem('overloaded', 'The time for this request was over before its work began.');
  }
}
