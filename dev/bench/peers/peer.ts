// A peer is a process of its own: it gets its configuration as a message, listens, and answers with its port.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:http';
import process from 'node:process';
import { listen, portOf } from '../../../platform/private-server.ts';
import { leashArguments } from '../../../platform/testing/leash.ts';
import { findFreePorts } from '../../../platform/testing/ports.ts';

export interface Peer {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** In the peer: builds the server from the configuration that the bench sends, and opens it. */
export async function servePeer<Config>(build: (config: Config) => Server | Promise<Server>): Promise<void> {
  const [{ config, port }] = (await once(process, 'message')) as [{ config: Config; port: number }];
  const server = await build(config);
  server.keepAliveTimeout = 75_000; // as our own services: rounds of others come in between
  await listen(server, port);
  process.send?.({ port: portOf(server) });
  process.on('SIGTERM', () => process.exit());
}

/** In the bench: starts `peers/<name>.ts` and waits until it listens. */
export async function startPeer<Config>(name: string, config: Config): Promise<Peer> {
  const [port] = await findFreePorts(1);
  const entry = new URL(`./${name}.ts`, import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', ...leashArguments, entry], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.send({ config, port });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error(`the peer ${name} ended at its start`);
    }),
  ]);
  return { url: `http://127.0.0.1:${String(port)}`, pid: child.pid ?? 0, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}
