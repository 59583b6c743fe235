import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

test('every night what has outlived its use is forgotten, and nothing else', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const request = (key: string) =>
    world.social.createMedia({
      as: ada.as,
      body: { contentType: 'image/png', byteLength: 9 },
      headers: { 'Idempotency-Key': key },
    });
  const abandoned = (await request('old').expect(201)).body.mediaId;
  await world.query(`UPDATE idempotency SET created_at = now() - interval '9 days'`);
  const fresh = (await request('new').expect(201)).body.mediaId;
  await world.query(`UPDATE media SET created_at = now() - interval '2 days' WHERE id = $1`, abandoned);
  await world.query(`UPDATE session SET ended_at = now() - interval '31 days' WHERE id = $1`, ada.sessionId);
  await world.query(`INSERT INTO password_attempt VALUES ('someone', 3, now() - interval '1 minute')`);

  await world.query(`SELECT social_jobs.add_job('sweep', '{}')`);
  await world.jobsDone();

  expect(await world.query('SELECT id FROM media')).toEqual([{ id: fresh }]);
  expect(await world.query('SELECT key FROM idempotency')).toEqual([{ key: 'new' }]);
  expect(await world.query('SELECT id FROM session')).toEqual([{ id: ben.sessionId }]);
  expect(await world.query('SELECT count(*)::int AS n FROM refresh_token')).toEqual([{ n: 1 }]);
  expect(await world.query('SELECT subject FROM password_attempt')).toEqual([]);
});
