import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { createQueue, startJobs } from '#platform/jobs';
import { createTestDatabases } from '#platform/testing/databases';
import type { TestDatabases } from '#platform/testing/databases';
import { waitFor } from '#platform/testing/wait';

const schema = 'social_jobs';
let databases: TestDatabases;
let client: pg.Client;
beforeAll(async () => {
  databases = await createTestDatabases();
  client = new pg.Client({ connectionString: databases.url('social') });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await databases.drop();
});

interface Line {
  level: number;
  job?: string;
  msg: string;
}

/** The line that is logged when a job fails that was tried `attempts` times before. */
async function lineOfFailure(name: string, { attempts, maxAttempts }: { attempts: number; maxAttempts: number }) {
  const { rows } = await client.query<{ id: string }>(`select id from ${schema}.add_job($1, max_attempts := $2)`, [
    name,
    maxAttempts,
  ]);
  await client.query(`update ${schema}._private_jobs set attempts = $1 where id = $2`, [attempts, rows[0]?.id]);
  const lines: Line[] = [];
  const log = pino({ level: 'info' }, { write: (text: string) => lines.push(JSON.parse(text) as Line) });
  const fail = () => Promise.reject(new Error('the other side is down'));
  const jobs = await startJobs<Record<string, unknown>>({
    url: databases.url('social'),
    schema,
    log,
    tasks: { [name]: fail },
  });
  const line = await waitFor('the failure', () => lines.find(({ job }) => job === name));
  await jobs.stop();
  return line;
}

test('a job that failed is told at INFO while it will be tried again', async () => {
  expect(await lineOfFailure('first', { attempts: 0, maxAttempts: 25 })).toMatchObject({
    level: pino.levels.values['info'],
    msg: 'job failed and will be tried again',
  });
});

test('a job that failed for the last time calls for somebody', async () => {
  expect(await lineOfFailure('last', { attempts: 24, maxAttempts: 25 })).toMatchObject({
    level: pino.levels.values['error'],
    msg: 'job failed for the last time: find out why, then run it again',
  });
});

test('a job that another one makes good is given up quietly', async () => {
  expect(await lineOfFailure('short', { attempts: 4, maxAttempts: 5 })).toMatchObject({
    level: pino.levels.values['info'],
    msg: 'job failed and is given up',
  });
});

test.each([
  ['ahead', 600_000],
  ['behind', -600_000],
])('a job of a process whose clock is %s waits as long as it is told to, and no longer', async (_way, shiftMs) => {
  const queue = createQueue<Record<string, object>>(schema);
  const tx = {
    $executeRawUnsafe: async (sql: string, ...values: unknown[]) => (await client.query(sql, values)).rowCount ?? 0,
  };
  jest.useFakeTimers({ advanceTimers: true, now: Date.now() + shiftMs });
  try {
    await queue.add(tx, 'pause', {}, { key: 'now' });
    await queue.add(tx, 'pause', {}, { key: 'later', afterMs: 60_000 });
  } finally {
    jest.useRealTimers();
  }

  const { rows } = await client.query<{ key: string; isDue: boolean; isDueInAMinute: boolean }>(
    `select key, run_at <= now() as "isDue", run_at <= now() + interval '1 minute' as "isDueInAMinute"
     from ${schema}._private_jobs where key in ('now', 'later') order by key desc`,
  );

  expect(rows).toEqual([
    { key: 'now', isDue: true, isDueInAMinute: true },
    { key: 'later', isDue: false, isDueInAMinute: true },
  ]);
});
