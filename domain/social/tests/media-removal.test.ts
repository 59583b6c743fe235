import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BlobServiceClient } from '@azure/storage-blob';
import pg from 'pg';
import { testServers } from '#platform/testing/servers';
import { waitFor } from '#platform/testing/wait';
import { createPosting } from './posting.ts';
import { checked, createWorld, photo, put } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
let posting: ReturnType<typeof createPosting>;
let holder: pg.Client;
beforeAll(async () => {
  world = await createWorld();
  posting = createPosting(world);
  holder = new pg.Client({ connectionString: world.databaseUrl });
  await holder.connect();
  await holder.query('SET search_path = social');
});
afterAll(async () => {
  await holder.end();
  await world.close();
});

/** Does `held` as far as the row that somebody holds, asks meanwhile for the removal of a picture, and lets go. */
async function removedMeanwhile<Answer>(
  { hold, held }: { hold: pg.QueryConfig; held: () => Promise<Answer> },
  mediaId: string,
): Promise<Answer> {
  await holder.query('BEGIN');
  await holder.query(hold);
  const answer = held();
  await waitFor('the request to wait', async () => (await waiting()) === 1);
  await world.query(`SELECT social_jobs.add_job('removeMedia', json_build_object('mediaIds', ARRAY[$1]))`, mediaId);
  await waitFor('the removal to wait or be over', async () => (await waiting()) === 2 || (await openJobs()) === 0);
  await holder.query('COMMIT');
  return answer;
}

async function waiting(): Promise<number> {
  return count(`pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
}

async function openJobs(): Promise<number> {
  return count('social_jobs._private_jobs');
}

async function count(rows: string): Promise<number> {
  const [row] = await world.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${rows}`);
  return row?.n ?? 0;
}

function statusOf(person: Person, mediaId: string) {
  return world.social.getMedia({ as: person.as, path: { mediaId } }).then(({ status }) => status);
}

test('a picture stays with the post that is being written when it is to be removed', async () => {
  const ada = await world.person();
  const mediaId = await world.picture(ada);

  const posted = await removedMeanwhile(
    {
      hold: { text: 'SELECT FROM profile WHERE account_id = $1 FOR UPDATE', values: [ada.id] },
      held: () => posting.post(ada, 'Once more', { mediaIds: [mediaId] }),
    },
    mediaId,
  );
  await world.jobsDone();

  expect((await posting.read(ada, posted.id)).media.map(({ id }) => id)).toEqual([mediaId]);
  expect(await statusOf(ada, mediaId)).toBe(200);
});

test('a picture that was found for a post is not removed before the post is written', async () => {
  const ada = await world.person();
  const [mediaId, circleId] = [await world.picture(ada), await posting.circle(ada)];

  const posted = await removedMeanwhile(
    {
      hold: { text: 'SELECT FROM circle WHERE id = $1 FOR UPDATE', values: [circleId] },
      held: () => posting.post(ada, 'Ours', { visibility: 'circle', circleId, mediaIds: [mediaId] }),
    },
    mediaId,
  );
  await world.jobsDone();

  expect(posted.media.map(({ id }) => id)).toEqual([mediaId]);
  expect(await statusOf(ada, mediaId)).toBe(200);
});

test('what is uploaded once more when its picture has been removed goes at night', async () => {
  const ada = await world.person();
  const bytes = await photo();
  const jpeg = { contentType: 'image/jpeg', byteLength: bytes.length } as const;
  const { mediaId, upload } = (await world.social.createMedia({ as: ada.as, body: jpeg }).expect(201)).body;
  await put(upload, bytes);
  await world.social.completeMedia({ as: ada.as, path: { mediaId } }).expect(202);
  await checked(world.social, ada, mediaId);
  for (const avatarMediaId of [mediaId, null]) {
    await world.social.updateMe({ as: ada.as, body: { avatarMediaId } }).expect(200);
  }
  await world.jobsDone();
  expect([await statusOf(ada, mediaId), (await put(upload, bytes)).status]).toEqual([404, 201]);

  await world.query(`SELECT social_jobs.add_job('sweep', '{}')`);
  await world.jobsDone();

  const storage = BlobServiceClient.fromConnectionString(testServers().blobConnectionString);
  expect(await storage.getContainerClient('quarantine').getBlobClient(mediaId).exists()).toBe(false);
});
