import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newId } from '#platform/ids';
import { keptPlaces } from '../jobs/trim-timelines.ts';
import { checked, createWorld, send } from './world.ts';
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
  await world.query(`INSERT INTO limit_window VALUES ('someone', 3, now() - interval '1 minute')`);

  await world.query(`SELECT social_jobs.add_job('sweep', '{}')`);
  await world.jobsDone();

  expect(await world.query('SELECT id FROM media')).toEqual([{ id: fresh }]);
  expect(await world.query('SELECT key FROM idempotency')).toEqual([{ key: 'new' }]);
  expect(await world.query('SELECT id FROM session')).toEqual([{ id: ben.sessionId }]);
  expect(await world.query('SELECT count(*)::int AS n FROM refresh_token')).toEqual([{ n: 1 }]);
  expect(await world.query(`SELECT subject FROM limit_window WHERE subject = 'someone'`)).toEqual([]);
});

test('devices that are signed out, notices long told and groups of which nothing is left are forgotten', async () => {
  const [cleo, dan] = [await world.person(), await world.person()];
  const notices = ['0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e', '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5f'];
  for (const noticeId of notices) {
    const subject = { type: 'transfer', id: noticeId } as const;
    const path = { userId: dan.id, noticeId };
    await world.social
      .putNotice({ as: { service: true }, path, body: { kind: 'transfer_failed', subject } })
      .expect(204);
  }
  for (const { as, sessionId, handle } of [cleo, dan]) {
    const body = { platform: 'ios', pushToken: `token-of-${handle}`, sessionId } as const;
    await world.social.putDevice({ as, path: { deviceId: handle }, body }).expect(200);
  }
  await world.social.endSession({ as: cleo.as, path: { sessionId: cleo.sessionId } }).expect(204);
  await world.query(`UPDATE notice SET told_at = now() - interval '31 days' WHERE id = $1`, notices[0]);
  for (const { id } of await world.query<{ id: string }>('SELECT id FROM notification_group')) {
    const threeDaysAgo = newId(new Date(world.clock.now().getTime() - 3 * 86_400_000));
    await world.query('UPDATE notification_group SET id = $1 WHERE id = $2', threeDaysAgo, id);
  }
  await world.query('DELETE FROM notification WHERE subject_id = $1', notices[0]);

  await world.query(`SELECT social_jobs.add_job('sweep', '{}')`);
  await world.jobsDone();

  expect(await world.query('SELECT id FROM device')).toEqual([{ id: dan.handle }]);
  expect(await world.query('SELECT id FROM notice')).toEqual([{ id: notices[1] }]);
  expect(await world.query('SELECT count(*)::int AS n FROM notification_group')).toEqual([{ n: 1 }]);
});

test('feeds are cut to the length that is kept, in batches, each person’s for themselves', async () => {
  const [reader, other] = [await world.person(), await world.person()];
  await world.query(
    `INSERT INTO timeline_entry SELECT $1, gen_random_uuid() FROM generate_series(1, $2);`,
    reader.id,
    keptPlaces + 25_000, // prettier-ignore
  );
  await world.query(`INSERT INTO timeline_entry SELECT $1, gen_random_uuid() FROM generate_series(1, 30)`, other.id);
  await world.query(
    `INSERT INTO timeline_repost SELECT $1, gen_random_uuid(), gen_random_uuid(), $2 FROM generate_series(1, $3)`,
    reader.id,
    other.id,
    keptPlaces + 30, // prettier-ignore
  );
  const newest = await world.query(
    'SELECT post_id FROM timeline_entry WHERE owner_id = $1 ORDER BY post_id DESC LIMIT $2',
    reader.id,
    keptPlaces, // prettier-ignore
  );

  await world.query(`SELECT social_jobs.add_job('sweep', '{}')`);
  await world.jobsDone();

  const left = await world.query(
    'SELECT post_id FROM timeline_entry WHERE owner_id = $1 ORDER BY post_id DESC',
    reader.id,
  );
  expect(left).toEqual(newest);
  const count = (table: string, id: string) =>
    world.query(`SELECT count(*)::int AS n FROM ${table} WHERE owner_id = $1`, id);
  expect(await count('timeline_repost', reader.id)).toEqual([{ n: keptPlaces }]);
  expect(await count('timeline_entry', other.id)).toEqual([{ n: 30 }]);
});

test('a published draft is forgotten after some days, an unpublished one never', async () => {
  const ada = await world.person();
  const draft = async () =>
    (await world.social.createDraft({ as: ada.as, body: { text: 'Hello' } }).expect(201)).body.id;
  const [published, kept] = [await draft(), await draft()];
  await world.social.publishDraft({ as: ada.as, path: { draftId: published }, body: {} }).expect(201);
  await world.query(`UPDATE draft SET updated_at = now() - interval '9 days'`);

  await world.query(`SELECT social_jobs.add_job('sweep', '{}')`);
  await world.jobsDone();

  expect(await world.query('SELECT id FROM draft')).toEqual([{ id: kept }]);
});

test('pictures that nothing came of are removed after a day, and none that is shown or that a draft names', async () => {
  const ada = await world.person();
  const [posted, avatar, drafted, published, fresh, forgotten] = [
    await world.picture(ada),
    await world.picture(ada),
    await world.picture(ada),
    await world.picture(ada),
    await world.picture(ada),
    await world.picture(ada),
  ];
  const rejected = await send(world.social, ada, Buffer.from('no picture'));
  await checked(world.social, ada, rejected);
  const post = { text: 'Look', visibility: 'public' } as const;
  await world.social.createPost({ as: ada.as, body: { ...post, mediaIds: [posted] } }).expect(201);
  await world.social.updateMe({ as: ada.as, body: { avatarMediaId: avatar } }).expect(200);
  await world.social.createDraft({ as: ada.as, body: { mediaIds: [drafted.toUpperCase()] } }).expect(201);
  const { body: draft } = await world.social.createDraft({ as: ada.as, body: { mediaIds: [published] } }).expect(201);
  await world.social.publishDraft({ as: ada.as, path: { draftId: draft.id }, body: {} }).expect(201);
  const { body: seen } = await world.social.getMedia({ as: ada.as, path: { mediaId: forgotten } }).expect(200);
  const old = [posted, avatar, drafted, published, forgotten, rejected];
  await world.query(`UPDATE media SET created_at = now() - interval '2 days' WHERE id = ANY($1)`, old);

  await world.query(`SELECT social_jobs.add_job('sweep', '{}')`);
  await world.jobsDone();

  const left = await world.query<{ id: string }>('SELECT id FROM media WHERE account_id = $1 ORDER BY id', ada.id);
  expect(left.map(({ id }) => id)).toEqual([posted, avatar, drafted, published, fresh].sort());
  expect((await fetch(seen.url ?? '')).status).toBe(404);
});

test('a picture taken off a post stays while a draft names it, and goes with the draft', async () => {
  const ada = await world.person();
  const mediaId = await world.picture(ada);
  const post = { text: 'Look', visibility: 'public' } as const;
  const { body: posted } = await world.social
    .createPost({ as: ada.as, body: { ...post, mediaIds: [mediaId] } })
    .expect(201);
  const { body: draft } = await world.social.createDraft({ as: ada.as, body: { mediaIds: [mediaId] } }).expect(201);
  await world.query(`UPDATE media SET created_at = now() - interval '2 days' WHERE id = $1`, mediaId);

  await world.social.deletePost({ as: ada.as, path: { postId: posted.id } }).expect(204);
  await world.jobsDone();
  await world.social.getMedia({ as: ada.as, path: { mediaId } }).expect(200);

  await world.social.deleteDraft({ as: ada.as, path: { draftId: draft.id } }).expect(204);
  await world.query(`SELECT social_jobs.add_job('sweep', '{}')`);
  await world.jobsDone();
  await world.social.getMedia({ as: ada.as, path: { mediaId } }).expect(404);
});
