import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { startJobs } from '#platform/jobs';
import { createLogger } from '#platform/logger';
import { createTestDatabases } from '#platform/testing/databases';
import type { TestDatabases } from '#platform/testing/databases';
import { waitFor } from '#platform/testing/wait';

const schema = 'social_jobs';
const key = `hashtextextended('${schema} ' || $1, 0)`;
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

/** A job that a worker took ten seconds ago and has not finished. */
async function addJobTakenBy(pool: string): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `select id from ${schema}.add_job('note', json_build_object('pool', $1::text))`,
    [pool],
  );
  await client.query(
    `update ${schema}._private_jobs set locked_by = $1, locked_at = now() - interval '10 s', attempts = 1 where id = $2`,
    [pool, rows[0]?.id],
  );
}

test('takes up the jobs of a worker that was killed, and leaves those of one that lives', async () => {
  await client.query(`select pg_advisory_lock(${key})`, ['living']);
  await addJobTakenBy('living');
  await addJobTakenBy('killed');
  const done: string[] = [];
  const jobs = await startJobs<{ note: { pool: string } }>({
    url: databases.url('social'),
    schema,
    log: createLogger({ name: 'test', level: 'silent' }),
    tasks: {
      note: ({ pool }) => {
        done.push(pool);
        return Promise.resolve();
      },
    },
  });

  await waitFor('the job of the killed worker', () => done.includes('killed'));
  expect(done).toEqual(['killed']);

  await client.query(`select pg_advisory_unlock(${key})`, ['living']);
  await waitFor('the job of the worker that is gone now', () => done.includes('living'));
  await jobs.stop();
});
