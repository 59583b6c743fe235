import { once } from 'node:events';
import net from 'node:net';

// Below the range out of which Linux, macOS and Windows take the ports of outgoing connections, so that a server that is
// stopped can always come back to its port.
const lowest = 10_000;
const highest = 32_000;

/** Answers `count` different TCP ports that are free now. Somebody else may still take one first. */
export async function findFreePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (!found.has(port) && (await isPortFree(port))) found.add(port);
  }
  return [...found];
}

/** True when nobody listens on the port, on any address of this machine. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port));
}

async function canListen(port: number, host?: string): Promise<boolean> {
  const server = net.createServer();
  try {
    server.listen({ port, host });
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
