import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newId } from '#platform/ids';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

function keep({ as }: Person, pocketId: string, mediaId: string | null) {
  return world.social.keepPocketImage({ as, path: { pocketId }, body: { mediaId } });
}

function drop({ as }: Person, pocketId: string, mediaIds?: string[]) {
  return world.social.dropPocketImages({ as, path: { pocketId }, query: mediaIds ? { mediaIds } : {} });
}

/** Nothing came of the picture for longer than pictures are waited for. */
async function sweepLater(mediaIds: string[]): Promise<void> {
  await world.query(`UPDATE media SET created_at = now() - interval '2 days' WHERE id = ANY($1)`, mediaIds);
  await world.query(`SELECT social_jobs.add_job('sweep', '{}')`);
  await world.jobsDone();
}

test('says where a picture is and keeps it, while one that no pocket shows is removed', async () => {
  const [ada, pocketId] = [await world.person(), newId()];
  const [kept, forgotten] = [await world.picture(ada), await world.picture(ada)];

  const { body } = await keep(ada, pocketId, kept.toUpperCase()).expect(200);
  await sweepLater([kept, forgotten]);

  expect(body.earlierMediaIds).toEqual([]);
  const picture = await fetch(body.imageUrl ?? '');
  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/webp']);
  expect((await keep(ada, pocketId, kept).expect(200)).body).toEqual(body);
  await keep(ada, pocketId, forgotten).expect(404);
});

test('a picture that was replaced or taken away is gone once it is dropped, and not before', async () => {
  const [ada, pocketId] = [await world.person(), newId()];
  const [first, second] = [await world.picture(ada), await world.picture(ada)];
  const { body: before } = await keep(ada, pocketId, first).expect(200);

  const { body: replaced } = await keep(ada, pocketId, second).expect(200);
  await sweepLater([first, second]);
  const stillThere = (await fetch(before.imageUrl ?? '')).status;
  await drop(ada, pocketId, replaced.earlierMediaIds).expect(204);
  await world.jobsDone();
  const { body: taken } = await keep(ada, pocketId, null).expect(200);

  expect([replaced.earlierMediaIds, stillThere, (await fetch(before.imageUrl ?? '')).status]).toEqual([[first], 200, 404]); // prettier-ignore
  expect(taken).toEqual({ imageUrl: null, earlierMediaIds: [second] });
  expect((await fetch(replaced.imageUrl ?? '')).status).toBe(200);
  await drop(ada, pocketId, [second]).expect(204);
  await world.jobsDone();
  expect((await fetch(replaced.imageUrl ?? '')).status).toBe(404);
});

test('of a pocket that is gone all that the caller kept is dropped, and nobody else’s', async () => {
  const [ada, ben, pocketId, otherId] = [await world.person(), await world.person(), newId(), newId()];
  const [first, second] = [await world.picture(ada), await world.picture(ada)];
  const [bens, elsewhere] = [await world.picture(ben), await world.picture(ada)];
  for (const mediaId of [first, second]) await keep(ada, pocketId, mediaId).expect(200);
  await keep(ben, pocketId, bens).expect(200);
  await keep(ada, otherId, elsewhere).expect(200);

  await drop(ada, pocketId).expect(204);
  await world.jobsDone();

  for (const mediaId of [first, second]) await world.social.getMedia({ as: ada.as, path: { mediaId } }).expect(404);
  await world.social.getMedia({ as: ada.as, path: { mediaId: elsewhere } }).expect(200);
  await world.social.getMedia({ as: ben.as, path: { mediaId: bens } }).expect(200);
});

test('a dropped picture stays while another pocket or the profile shows it', async () => {
  const [ada, pocketId, otherId] = [await world.person(), newId(), newId()];
  const [shared, avatar] = [await world.picture(ada), await world.picture(ada)];
  await world.social.updateMe({ as: ada.as, body: { avatarMediaId: avatar } }).expect(200);
  for (const mediaId of [shared, avatar]) await keep(ada, pocketId, mediaId).expect(200);
  await keep(ada, otherId, shared).expect(200);

  await drop(ada, pocketId, [shared, avatar]).expect(204);
  await world.jobsDone();

  for (const mediaId of [shared, avatar]) await world.social.getMedia({ as: ada.as, path: { mediaId } }).expect(200);
});

test('takes nobody else’s picture, none that is not ready, and drops nobody else’s', async () => {
  const [ada, ben, pocketId] = [await world.person(), await world.person(), newId()];
  const mediaId = await world.picture(ada);
  const unready = { contentType: 'image/png', byteLength: 10 } as const;
  const { body: media } = await world.social.createMedia({ as: ada.as, body: unready }).expect(201);
  await keep(ada, pocketId, mediaId).expect(200);

  await keep(ben, pocketId, mediaId).expect(404);
  const refused = await keep(ada, pocketId, media.mediaId).expect(409);
  await drop(ben, pocketId, [mediaId]).expect(204);
  await world.jobsDone();

  expect(refused.body.code).toBe('media_not_ready');
  expect(await world.query('SELECT account_id, media_id FROM pocket_image WHERE pocket_id = $1', pocketId)).toEqual([
    { account_id: ada.id, media_id: mediaId },
  ]);
});

test('a suspended person changes no picture', async () => {
  const [ada, pocketId] = [await world.person(), newId()];
  const mediaId = await world.picture(ada);
  const decision = { decisionId: newId(), reason: 'Spam' };
  await world.social.suspendAccount({ as: { staffId: 's' }, path: { userId: ada.id }, body: decision }).expect(200);

  const refused = await keep(ada, pocketId, mediaId).expect(403);

  expect(refused.body.code).toBe('account_suspended');
  expect(await world.query('SELECT FROM pocket_image WHERE pocket_id = $1', pocketId)).toEqual([]);
});
