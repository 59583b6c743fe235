import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createContext } from '../context.ts';
import { sweep } from '../jobs/sweep.ts';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp();
});
afterAll(() => app.stop());

/** A contribution of 1 under a new key, which was answered some time ago. */
async function contributeOnce(days: number) {
  const as = await createPerson(app, { wallet: 100 });
  const { id: pocketId } = await createPocket(app, as);
  const key = randomUUID();
  const contribute = () =>
    app.client.createContribution({ as, path: { pocketId }, headers: withKey(key), body: { amount: eur(1) } });
  await contribute().expect(201);
  await app.owner.query(`update idempotency set created_at = now() - $2::int * interval '1 day' where key = $1`, [
    key,
    days,
  ]);
  return contribute;
}

async function passNight(): Promise<void> {
  const config = { databaseUrl: app.databases.url('financial'), logLevel: 'silent' };
  const { ctx, resources } = createContext('test', config, app.clock);
  await sweep(ctx);
  await Promise.all(resources.map((resource) => resource.close()));
}

test('an answer is kept for the 7 days that a key is promised, and forgotten after', async () => {
  const [within, after] = [await contributeOnce(7), await contributeOnce(9)];

  await passNight();

  expect((await within().expect(201)).headers['idempotency-replayed']).toBe('true');
  expect((await after().expect(201)).headers['idempotency-replayed']).toBeUndefined();
});

test('a job that was given up is kept for a month', async () => {
  for (const [name, days] of [
    ['older', 31],
    ['younger', 29],
  ] as const) {
    await app.process.query('select financial_jobs.add_job($1)', [name]);
    await app.process.query(
      `update financial_jobs._private_jobs set attempts = max_attempts, run_at = now() - $1::int * interval '1 day'
       where id = (select max(id) from financial_jobs._private_jobs)`,
      [days],
    );
  }

  await passNight();

  const { rows } = await app.process.query(
    'select task_identifier as name from financial_jobs.jobs where attempts > 0',
  );
  expect(rows).toEqual([{ name: 'younger' }]);
});
