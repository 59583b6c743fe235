import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BlobServiceClient } from '@azure/storage-blob';
import { newId } from '#platform/ids';
import { testServers } from '#platform/testing/servers';
import { waitFor } from '#platform/testing/wait';
import { createPosting } from './posting.ts';
import { createWorld } from './world.ts';
import type { World } from './world.ts';

const dayMs = 86_400_000;
let world: World;
let posting: ReturnType<typeof createPosting>;
beforeAll(async () => {
  world = await createWorld();
  posting = createPosting(world);
});
afterAll(() => world.close());

/** A night that must go well at once. Gives what it failed with, if it did. */
async function sweepOnce(): Promise<string | undefined> {
  await world.query(`SELECT social_jobs.add_job('sweep', '{}', job_key := 'tonight', max_attempts := 1)`);
  const tonight = `FROM social_jobs._private_jobs WHERE key = 'tonight'`;
  await waitFor('the sweep to end', async () => {
    const unfinished = await world.query(`SELECT ${tonight} AND (attempts = 0 OR locked_at IS NOT NULL)`);
    return unfinished.length === 0;
  });
  const [failed] = await world.query<{ error: string }>(`DELETE ${tonight} RETURNING last_error AS error`);
  await world.jobsDone();
  return failed?.error;
}

/** A job that was tried for the last time so long ago. */
async function giveUp(name: string, { attempts, ago }: { attempts: number; ago: string }): Promise<void> {
  await world.query('SELECT social_jobs.add_job($1, max_attempts := $2)', name, attempts);
  await world.query(
    `UPDATE social_jobs._private_jobs SET attempts = max_attempts, run_at = now() - $1::interval
     WHERE id = (SELECT max(id) FROM social_jobs._private_jobs)`,
    ago,
  );
}

test('what cannot be forgotten keeps nothing else from it, and is told', async () => {
  await world.query('ALTER TABLE limit_window RENAME TO elsewhere');
  await world.query(
    `INSERT INTO idempotency (owner_id, operation, key, request_hash, status, body, created_at)
     VALUES ($1, 'createPost', 'old', '', 201, '{}', now() - interval '9 days')`,
    newId(),
  );

  const error = await sweepOnce();
  await world.query('ALTER TABLE elsewhere RENAME TO limit_window');

  expect(error).toContain('1 of');
  expect(await world.query('SELECT key FROM idempotency')).toEqual([]);
});

test('where nothing was ever uploaded the night passes all the same', async () => {
  const storage = BlobServiceClient.fromConnectionString(testServers().blobConnectionString);
  const quarantine = storage.getContainerClient('quarantine');
  await quarantine.deleteIfExists();

  const error = await sweepOnce();
  await quarantine.createIfNotExists();

  expect(error).toBeUndefined();
});

test('what happened more than a year ago is forgotten', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const { id: postId } = await posting.post(ada, 'Hello');
  const reply = async () => (await posting.reply(ben, postId)).id;
  const old = await reply();
  const [group, told] = [367, 366].map((days) => newId(new Date(world.clock.now().getTime() - days * dayMs)));
  await world.query(
    `UPDATE notification_group SET id = $2, latest_id = $3, key = 'of that day' WHERE account_id = $1`,
    ...[ada.id, group, told],
  );
  await world.query('UPDATE notification SET id = $2 WHERE account_id = $1', ada.id, told);
  const recent = await reply();
  expect(await posting.told(ada)).toEqual([
    ['reply', recent],
    ['reply', old],
  ]);

  expect(await sweepOnce()).toBeUndefined();

  expect(await posting.told(ada)).toEqual([['reply', recent]]);
  expect(await world.query('SELECT FROM notification_group WHERE account_id = $1', ada.id)).toHaveLength(1);
});

test('pictures that nothing came of are found behind any number of others', async () => {
  const ada = await world.person();
  const fresh = await world.picture(ada);
  const forgotten = newId(new Date(world.clock.now().getTime() - 2 * dayMs));
  const insert = `INSERT INTO media (id, account_id, status, content_type, byte_length, created_at, rejection)`;
  const rest = `'image/png', 9, now() - interval '3 days'`;
  await world.query(`${insert} SELECT uuidv7(interval '-3 days'), $1, 'processing', ${rest}, NULL FROM generate_series(1, 1200)`, ada.id); // prettier-ignore
  await world.query(`${insert} SELECT $2, $1, 'rejected', ${rest}, 'not_an_image'`, ada.id, forgotten);

  expect(await sweepOnce()).toBeUndefined();

  const left = await world.query<{ id: string }>('SELECT id FROM media WHERE account_id = $1 ORDER BY id DESC', ada.id);
  expect(left).toHaveLength(1201);
  expect(left[0]?.id).toBe(fresh);
});

test('jobs that were given up are forgotten: in a day where another makes them good, else when somebody has had a month', async () => {
  await giveUp('optionalOld', { attempts: 8, ago: '25 hours' });
  await giveUp('optionalNew', { attempts: 8, ago: '23 hours' });
  await giveUp('lastingOld', { attempts: 25, ago: '31 days' });
  await giveUp('lastingNew', { attempts: 25, ago: '29 days' });

  expect(await sweepOnce()).toBeUndefined();

  const left = await world.query<{ name: string }>(
    'SELECT task_identifier AS name FROM social_jobs.jobs ORDER BY task_identifier',
  );
  expect(left.map(({ name }) => name)).toEqual(['lastingNew', 'optionalNew']);
});
