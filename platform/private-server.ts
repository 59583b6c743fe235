import http from 'node:http';
import type { Health } from './health.ts';
import type { Telemetry } from './telemetry.ts';

/** The port for the cluster alone: `/livez`, `/readyz`, and `/metrics` for Prometheus. */
export async function startPrivateServer(port: number, health: Health, telemetry: Telemetry) {
  const server = http.createServer((request, response) => {
    void answer(request.url ?? '/', health, telemetry).then(({ status, type, body }) => {
      response.writeHead(status, { 'Content-Type': type, Connection: 'close' }).end(body);
    });
  });
  await listen(server, port);
  return {
    port: portOf(server),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(path: string, health: Health, telemetry: Telemetry) {
  const json = 'application/json';
  if (path === '/livez') return { status: 200, type: json, body: '{"status":"alive"}' };
  if (path === '/readyz') {
    const { status, body } = await health.readiness();
    return { status, type: json, body: JSON.stringify(body) };
  }
  if (path === '/metrics') {
    return { status: 200, type: telemetry.registry.contentType, body: await telemetry.registry.metrics() };
  }
  return { status: 404, type: 'text/plain', body: 'not found' };
}

/** Listens on all addresses; rejects when the port is taken. */
export function listen(server: http.Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** The port on which a server listens, also when it asked the system for one. */
export function portOf(server: http.Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return address.port;
}
