import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '#platform/testing/wait';
import { createPerson, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

async function column(sql: string, ...values: unknown[]) {
  const { rows } = await world.database.query<{ value: string }>(sql, values);
  return rows.map(({ value }) => value);
}

function keepEvent(id: string, processedAt: string | null) {
  return world.database.query(
    `insert into provider_event (id, type, payload, source, received_at, processed_at)
     values ($1, 'consent.updated', '{}', 'webhook', now() - interval '90 days', now() - $2::interval)`,
    [id, processedAt],
  );
}

function keepAnswer(key: string, age: string) {
  return world.database.query(
    `insert into idempotency (owner_id, operation, key, request_hash, status, body, created_at)
     values ($1, 'createConnection', $2, '', 201, '{}', now() - $3::interval)`,
    [randomUUID(), key, age],
  );
}

/** An attempt to link a bank that may be finished for so long. */
async function startAttempt(endsIn: string) {
  const as = createPerson();
  const { body } = await world.client.createConnection({ as, body: {} }).expect(201);
  await world.database.query('update authorisation set expires_at = now() + $2::interval where connection_id = $1', [
    body.connectionId,
    endsIn,
  ]);
  return body.connectionId;
}

/** A job that was tried for the last time. */
async function giveUp(name: string, ago: string) {
  await world.database.query('select flagship_jobs.add_job($1)', [name]);
  await world.database.query(
    `update flagship_jobs._private_jobs set attempts = max_attempts, run_at = now() - $1::interval
     where id = (select max(id) from flagship_jobs._private_jobs)`,
    [ago],
  );
}

test('every night what has outlived its use is forgotten, and nothing else', async () => {
  await keepEvent('old', '61 days');
  await keepEvent('new', '59 days');
  await keepEvent('open', null);
  await keepAnswer('old', '9 days');
  await keepAnswer('new', '6 days');
  const [, justOver, open] = [
    await startAttempt('-25 hours'),
    await startAttempt('-23 hours'),
    await startAttempt('15 minutes'),
  ];
  await world.database.query(
    `insert into call_count select $1, current_date - days, 'accounts', days from unnest('{0,1,3,300}'::int[]) days`,
    [open],
  );

  await giveUp('old', '31 days');
  await giveUp('new', '29 days');

  await world.runJob('sweep');
  const givenUp = `select task_identifier as value from flagship_jobs.jobs where attempts >= max_attempts`;
  await waitFor('the last of it to be gone', async () => !(await column(givenUp)).includes('old'));

  expect(await column(givenUp)).toEqual(['new']);

  expect(await column(`select id as value from provider_event where type = 'consent.updated' order by id`)).toEqual([
    'new',
    'open',
  ]);
  expect(await column('select key as value from idempotency')).toEqual(['new']);
  expect(await column('select connection_id as value from authorisation')).toEqual(
    expect.arrayContaining([justOver, open]),
  );
  expect(await column('select connection_id as value from authorisation')).toHaveLength(2);
  expect(await column('select calls as value from call_count order by calls')).toEqual([0, 1]);
});
