import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { PrismaClient } from '#prisma/social';
import { createDatabase } from '../database.ts';
import { createTestDatabases } from '../testing/databases.ts';
import type { TestDatabases } from '../testing/databases.ts';
import { waitFor } from '../testing/wait.ts';

let databases: TestDatabases;
let holder: pg.Client;
beforeAll(async () => {
  databases = await createTestDatabases();
  holder = new pg.Client({ connectionString: databases.url('social') });
  await holder.connect();
});
afterAll(async () => {
  await holder.end();
  await databases.drop();
});

test('a database that answers is there, however busy the pool', async () => {
  const options = { url: databases.url('social'), schema: 'social', name: 'busy', poolSize: 1 };
  const { db, check, close } = createDatabase(PrismaClient, options);
  await holder.query('select pg_advisory_lock(1)');
  let isBusy = true;
  const waiting = db.$executeRaw`select pg_advisory_xact_lock(1)`.finally(() => {
    isBusy = false;
  });
  await waitFor('the only connection to wait', async () => {
    const { rowCount } = await holder.query(`select from pg_stat_activity where wait_event = 'advisory'`);
    return rowCount === 1;
  });

  await check();

  expect(isBusy).toBe(true);
  await holder.query('select pg_advisory_unlock(1)');
  await waiting;
  await close();
});
