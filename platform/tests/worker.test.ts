import { fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { createTestDatabases } from '#platform/testing/databases';
import type { TestDatabases } from '#platform/testing/databases';
import { waitFor } from '#platform/testing/wait';

let databases: TestDatabases;

beforeAll(async () => {
  databases = await createTestDatabases();
});
afterAll(async () => {
  await databases.drop();
});

test('outlives its database: a job that could not be written down as done is done again', async () => {
  const road = await openRoad(databases.url('social'));
  const worker = fork('platform/tests/worker-process.ts', {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, DATABASE_URL: road.url },
    silent: true,
  });
  let said = '';
  worker.stdout?.on('data', (text: Buffer) => (said += text.toString()));
  let runs = 0;
  worker.on('message', () => (runs += 1));
  await addJob();

  await waitFor('the first run', () => runs === 1);
  await road.close();
  worker.send('end');
  await waitFor('it to notice', () => said.includes('the jobs begin anew'));
  await road.open();
  await waitFor('the second run', () => runs === 2);
  worker.send('end');
  await waitFor('the job to be done', async () => (await countJobs()) === 0);

  worker.kill('SIGTERM');
  const [code] = (await once(worker, 'exit')) as [number | null];
  await road.close();
  expect(code).toBe(0);
});

async function addJob(): Promise<void> {
  await ask(`select social_jobs.add_job('note', '{}'::json)`);
}

async function countJobs(): Promise<number> {
  const [row] = await ask<{ count: string }>('select count(*) from social_jobs._private_jobs');
  return Number(row?.count);
}

async function ask<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databases.url('social') });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The way to a database, which can be closed, as when PostgreSQL stops, and opened again. */
async function openRoad(databaseUrl: string) {
  const url = new URL(databaseUrl);
  const target = { host: url.hostname, port: Number(url.port) };
  const sockets = new Set<net.Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(target);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    }
    near.pipe(far).pipe(near);
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  Object.assign(url, { hostname: '127.0.0.1', port: String(port) });
  return {
    url: url.href,
    open: () => listen(port),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}
