import http from 'node:http';
import express from 'express';
import type { ErrorRequestHandler, Express, Request, RequestHandler } from 'express';
import helmet from 'helmet';
import { createAdmission } from './admission.ts';
import { assertSecured } from './authenticate.ts';
import type { Authenticators } from './authenticate.ts';
import type { Handlers } from './contract.ts';
import type { Document, OperationEntry } from './document.ts';
import { problemOf } from './errors.ts';
import { createHealth } from './health.ts';
import type { Health, ReadinessCheck } from './health.ts';
import type { Logger } from './logger.ts';
import { mountOperations } from './operations.ts';
import { listen, portOf, startPrivateServer } from './private-server.ts';
import { Problem } from './problem.ts';
import type { ProcessSettings } from './process-settings.ts';
import { currentContext } from './request-context.ts';
import { createObserver } from './request-observer.ts';
import { createTelemetry } from './telemetry.ts';

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
  const admission = createAdmission(settings);

  const app = express();
  app.disable('x-powered-by').set('etag', false).set('trust proxy', settings.trustedProxies);
  app.use(
    createObserver({ log, telemetry, budgetMs: options.budgetMs ?? 10_000, trustsDeadline: options.internal ?? false }),
  );
  mountProbes(app, health);
  app.use(closeWhileStopping(health), admission.handler, helmet({ contentSecurityPolicy: apiPolicy }));
  options.extend?.(app);
  mountOperations(app, options);
  app.use(() => {
    throw new Problem('not_found', 'There is no such path.');
  });
  app.use(createErrorHandler(log, settings.docsUrl));

  const server = http.createServer(patience, app);
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

const patience = {
  // Above the balancer's idle time, so that it is never we who close a connection that a request is on its way on.
  keepAliveTimeout: 75_000,
  // For a request to arrive, its head and then all of it. Node takes the longer of the two for the second.
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 2_000,
};

// Answers are data: nothing in them may be run or framed. Pages set their own policy.
const apiPolicy = { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } };

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
