import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Request, Response } from 'express';
import { pagePolicy } from '#platform/html';
import type { PushRecorderConfig } from './config.ts';
import { recorderPage } from './page.ts';

/** What would have been shown on a phone. */
export interface RecordedPush {
  platform: string;
  token: string;
  collapseKey: string;
  /** All that would have left the house. */
  payload: Record<string, unknown>;
  at: string;
}

/** A running recorder, with what tests reach for beside HTTP. */
export interface PushRecorder {
  url: string;
  /** Newest last. */
  pushes: RecordedPush[];
  /** From now on the token is answered as one that its platform no longer knows. */
  unregister(token: string): void;
  /** Whether pushes are refused, as by a service that is down. */
  down: boolean;
  stop(): Promise<void>;
}

const keptAtMost = 1_000;

/** Starts what stands in for the push services of the platforms: it keeps what it is given, and shows it. Port 0 takes a free one. */
export async function startPushRecorder(config: PushRecorderConfig): Promise<PushRecorder> {
  const gone = new Set<string>();
  const recorder: PushRecorder = {
    url: '',
    pushes: [],
    unregister: (token) => void gone.add(token),
    down: false,
    stop: () => stop(server),
  };
  const server = createServer(createApp(recorder, gone));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, resolve);
  });
  recorder.url = `http://localhost:${String((server.address() as AddressInfo).port)}`;
  return recorder;
}

function createApp(recorder: PushRecorder, gone: Set<string>): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(express.json({ limit: '16kb' }), express.urlencoded({ extended: false, limit: '16kb' }));
  app.get('/livez', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.post('/pushes', (request, response) => {
    receive(recorder, gone, request, response);
  });
  app.get('/pushes', ({ query }, response) => {
    const items = recorder.pushes.filter(({ token }) => query['token'] === undefined || query['token'] === token);
    response.json({ items });
  });
  app.post('/unregister', (request: Request<object, unknown, { token?: unknown }>, response) => {
    recorder.unregister(String(request.body.token));
    response.redirect(303, '/');
  });
  app.get('/', (_request, response) => {
    response.set('Content-Security-Policy', pagePolicy).type('html').send(recorderPage(recorder.pushes, gone));
  });
  return app;
}

function receive(
  recorder: PushRecorder,
  gone: Set<string>,
  request: Request<object, unknown, Omit<RecordedPush, 'at'>>,
  response: Response,
): void {
  const { platform, token, collapseKey, payload } = request.body;
  if (recorder.down) {
    response.status(503).json({ error: 'down' });
  } else if (gone.has(token)) {
    response.status(410).json({ error: 'unregistered' });
  } else {
    recorder.pushes.push({ platform, token, collapseKey, payload, at: new Date().toISOString() });
    if (recorder.pushes.length > keptAtMost) recorder.pushes.shift();
    response.status(201).json({});
  }
}

async function stop(server: ReturnType<typeof createServer>): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
