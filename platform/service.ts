import http from 'node:http';
import express from 'express';
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { createAdmission } from './admission.ts';
import { assertSecured, authenticate } from './authenticate.ts';
import type { Authenticators } from './authenticate.ts';
import type { Handlers } from './contract.ts';
import { listOperations } from './document.ts';
import type { Document, OperationEntry } from './document.ts';
import { problemOf } from './errors.ts';
import { createHealth } from './health.ts';
import type { Health, ReadinessCheck } from './health.ts';
import type { Logger } from './logger.ts';
import { listen, portOf, startPrivateServer } from './private-server.ts';
import { Problem } from './problem.ts';
import type { ProcessSettings } from './process-settings.ts';
import { rawBodyOf, readJsonBody, refuseUnstorableText } from './request-body.ts';
import { currentContext } from './request-context.ts';
import { createObserver, nameOperation } from './request-observer.ts';
import { sendReply } from './send.ts';
import { createTelemetry } from './telemetry.ts';
import { createValidator } from './validate.ts';

export interface ServiceOptions<Operations, Caller> {
  name: string;
  settings: ProcessSettings;
  document: Document;
  handlers: Handlers<Operations, Caller>;
  authenticators: Authenticators<Caller>;
  /** The operations that answer without credentials; any other open one stops the start. */
  open?: readonly string[];
  /** What `caller` is in an open operation. */
  anonymous?: Caller;
  log: Logger;
  /** What must work for `/readyz` to say yes. */
  checks?: Record<string, ReadinessCheck>;
  /** Closed after the last request, in this order. */
  resources?: { close(): unknown }[];
  /** For faces to the outside: GET answers carry an ETag that holds this text, made from the caller. */
  etagSalt?: (caller: Caller) => string;
  /** Longest time for one request, in milliseconds. */
  budgetMs?: number;
  /** True between our own processes: the caller's deadline header is believed. */
  internal?: boolean;
  /** Pages and middleware that stand before the operations, such as the documents. */
  extend?: (app: Express) => void;
  /** Runs between authentication and the handler; throws a Problem to refuse. */
  guard?: (caller: Caller, operation: OperationEntry, request: Request) => Promise<void> | void;
}

export interface Service {
  app: Express;
  /** Opens the ports. Resolves with the public one. */
  start(): Promise<{ port: number; metricsPort: number }>;
  /** Drains and stops: readiness 503, serve on, close, force at the deadline, then close the resources. */
  stop(): Promise<void>;
}

/** Builds an HTTP process of CLYNC from its contract and handlers. Nothing listens yet. */
export function createService<Operations, Caller>(options: ServiceOptions<Operations, Caller>): Service {
  const { name, settings, document, authenticators, log } = options;
  assertSecured(document, authenticators, options.open ?? []);
  const health = createHealth(options.checks ?? {});
  const telemetry = createTelemetry(name);
  const admission = createAdmission();

  const app = express();
  app.disable('x-powered-by').set('etag', false).set('trust proxy', settings.trustedProxies);
  app.use(
    createObserver({ log, telemetry, budgetMs: options.budgetMs ?? 10_000, trustsDeadline: options.internal ?? false }),
  );
  mountProbes(app, health);
  app.use(closeWhileStopping(health), admission.handler, helmet());
  options.extend?.(app);
  mountOperations(app, options);
  app.use(() => {
    throw new Problem('not_found', 'There is no such path.');
  });
  app.use(createErrorHandler(log, settings.docsUrl));

  const server = http.createServer(app);
  // Above the balancer's idle time, so that it is never we who close a connection that a request is on its way on.
  Object.assign(server, { keepAliveTimeout: 75_000, headersTimeout: 80_000, requestTimeout: 30_000 });
  let privateServer: Awaited<ReturnType<typeof startPrivateServer>> | undefined;

  return {
    app,
    async start() {
      await listen(server, settings.port);
      privateServer = await startPrivateServer(settings.metricsPort, health, telemetry);
      log.info({ port: portOf(server), metricsPort: privateServer.port }, 'listening');
      return { port: portOf(server), metricsPort: privateServer.port };
    },
    async stop() {
      health.beginStop();
      await drain(server, settings.drainMs);
      admission.close();
      await privateServer?.close();
      for (const resource of options.resources ?? []) await resource.close();
      log.info('stopped');
    },
  };
}

function mountProbes(app: Express, health: Health): void {
  app.get('/livez', (_request, response) => {
    response.json({ status: 'alive' });
  });
  app.get('/readyz', async (_request, response) => {
    const { status, body } = await health.readiness();
    response.status(status).json(body);
  });
}

function closeWhileStopping(health: Health): RequestHandler {
  return (_request, response, next) => {
    if (health.stopping) response.set('Connection', 'close');
    next();
  };
}

/** One route for each operation: who calls, the body, the contract, then the handler. */
function mountOperations<Operations, Caller>(app: Express, options: ServiceOptions<Operations, Caller>): void {
  const { document, settings } = options;
  const validator = createValidator(document, settings.validateResponses);
  const operations = listOperations(document);

  for (const entry of operations) {
    const path = entry.path.replace(/\{(\w+)\}/g, ':$1');
    app[entry.method](
      path,
      identify(entry, options),
      readJsonBody,
      refuseUnstorableText,
      validator,
      handle(entry, options),
    );
  }
  for (const path of new Set(operations.map((entry) => entry.path))) {
    const allowed = operations.filter((entry) => entry.path === path).map(({ method }) => method.toUpperCase());
    app.all(path.replace(/\{(\w+)\}/g, ':$1'), () => {
      throw new Problem('method_not_allowed', undefined, { headers: { Allow: allowed.join(', ') } });
    });
  }
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
    const caller = callers.get(request) as Caller;
    const reply = await handler({
      caller,
      path: request.params,
      query: request.query,
      headers: request.headers,
      body: request.body as unknown,
      rawBody: rawBodyOf(request),
      signal: currentContext()?.signal,
      request,
    });
    const etagSalt = callers.get(request) === undefined ? undefined : options.etagSalt?.(caller);
    sendReply(request, response, reply, { etagSalt, validate: options.settings.validateResponses });
  };
}

function createErrorHandler(log: Logger, docsUrl: string): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const problem = problemOf(error) ?? new Problem('internal_error', undefined, { cause: error });
    if (problem.code === 'internal_error') log.error({ err: error }, 'a bug answered as internal_error');
    else log.debug({ problem: problem.code, err: problem.cause }, 'refused');
    const traceId = currentContext()?.traceId ?? '';
    response
      .status(problem.status)
      .set({ 'Content-Type': 'application/problem+json', 'Cache-Control': 'private, no-store', ...problem.headers })
      .end(JSON.stringify(problem.toBody(docsUrl, traceId)));
  };
}

/** `server.close()` alone never ends under keep-alive; stopping at once loses what is on its way. So: both, in order. */
async function drain(server: http.Server, drainMs: number): Promise<void> {
  if (!server.listening) return;
  await new Promise((resolve) => setTimeout(resolve, drainMs));
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const force = setTimeout(() => {
    server.closeAllConnections();
  }, 10_000);
  await closed;
  clearTimeout(force);
}
