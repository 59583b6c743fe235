import { createServer } from 'node:http';
import { once } from 'node:events';
import type { Delivery } from './suite.ts';

/** Takes every webhook, and keeps what came. */
export async function startWebhookReceiver(port: number, host = '127.0.0.1') {
  const deliveries: Delivery[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const header = (name: string) => [request.headers[name]].flat()[0];
      deliveries.push({
        id: header('webhook-id'),
        timestamp: header('webhook-timestamp'),
        signature: header('webhook-signature'),
        body: Buffer.concat(chunks),
      });
      response.end();
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    deliveries,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
