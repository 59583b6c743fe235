import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPosting } from './posting.ts';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
let posting: ReturnType<typeof createPosting>;
let ada: Person;
let ben: Person;
beforeAll(async () => {
  world = await createWorld();
  posting = createPosting(world);
  [ada, ben] = [await world.person(), await world.person()];
});
afterAll(() => world.close());

const missing = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';
type NewDraft = Parameters<World['social']['createDraft']>[0]['body'];

const create = (who: Person, body: NewDraft, headers = {}) => world.social.createDraft({ as: who.as, body, headers });
const draft = async (who: Person, body: NewDraft = { text: 'Dear all' }) =>
  (await create(who, body).expect(201)).body.id;
const get = (who: Person, draftId: string) => world.social.getDraft({ as: who.as, path: { draftId } });
const put = (who: Person, draftId: string, body: NewDraft, headers = {}) =>
  world.social.putDraft({ as: who.as, path: { draftId }, body, headers });
const publish = (who: Person, draftId: string, body = {}) =>
  world.social.publishDraft({ as: who.as, path: { draftId }, body });
const remove = (who: Person, draftId: string) => world.social.deleteDraft({ as: who.as, path: { draftId } });

test('keeps what is written so far, for its author alone', async () => {
  const post = { text: 'Dear all', visibility: 'followers', pocketId: missing } as const;
  const created = await create(ada, post).expect(201);
  const id = created.body.id;

  expect((await get(ada, id).expect(200)).body).toEqual(created.body);
  expect(created.body).toMatchObject({ post, createdAt: world.clock.now().toISOString() });
  await get(ben, id).expect(404);
  await put(ben, id, { text: 'Mine' }).expect(404);
  await publish(ben, id).expect(404);
  await remove(ben, id).expect(404);
  expect((await world.social.listDrafts({ as: ben.as, query: {} }).expect(200)).body.items).toEqual([]);
  await remove(ada, id).expect(204);
  await remove(ada, id).expect(404);
  await get(ada, id).expect(404);
});

test('is made once for an idempotency key', async () => {
  const key = { 'Idempotency-Key': 'k1' };
  const first = await create(ada, { text: 'Once' }, key).expect(201);

  const again = await create(ada, { text: 'Once' }, key).expect(201);

  expect(again.body).toEqual(first.body);
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect((await create(ada, { text: 'Twice' }, key).expect(422)).body.code).toBe('idempotency_key_reused');
});

test('is written anew on the version that was read', async () => {
  const created = await create(ada, { text: 'One', visibility: 'self' }).expect(201);
  const { id } = created.body;
  world.clock.advance(1_000);

  const changed = await put(ada, id, { text: 'Two' }, { 'If-Match': created.headers['etag'] }).expect(200);

  expect(changed.body).toMatchObject({ post: { text: 'Two' }, updatedAt: world.clock.now().toISOString() });
  expect(changed.body.post).not.toHaveProperty('visibility');
  const stale = await put(ada, id, { text: 'Three' }, { 'If-Match': created.headers['etag'] }).expect(412);
  expect(stale.body.code).toBe('precondition_failed');
  expect((await get(ada, id).expect(200)).headers['etag']).toBe(changed.headers['etag']);
  await put(ada, id, {}).expect(400);
});

test('names nothing that its author may not use, whether it is there or not', async () => {
  const mediaId = await world.picture(ben);
  const circleId = await posting.circle(ben);
  const { id: postId } = await posting.post(ben, 'Hidden', { visibility: 'self' });
  const id = await draft(ada);

  for (const named of [mediaId, missing]) await create(ada, { mediaIds: [named] }).expect(404);
  for (const named of [circleId, missing]) await create(ada, { circleId: named }).expect(404);
  for (const named of [postId, missing]) {
    await create(ada, { replyToId: named }).expect(404);
    await put(ada, id, { quoteOfId: named }).expect(404);
  }
  const bens: NewDraft = { mediaIds: [mediaId], circleId, visibility: 'circle', replyToId: postId, quoteOfId: postId };
  await create(ben, bens).expect(201);
});

test('is published once, however often and at the same time it is asked', async () => {
  const id = await draft(ada, { text: 'To all', visibility: 'public' });

  const answers = await Promise.all(Array.from({ length: 6 }, () => publish(ada, id)));

  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(201));
  const posts = await world.query<{ id: string }>(`SELECT id FROM post WHERE text = 'To all'`);
  expect(posts).toEqual([{ id: answers[0]?.body.id }]);
  expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(5);
  await get(ada, id).expect(404);
  await put(ada, id, { text: 'Late' }).expect(404);
  await remove(ada, id).expect(404);
  await posting.remove(ada, posts[0]?.id ?? '');
  await publish(ada, id).expect(404);
});

test('is posted to followers unless it says otherwise, with all that it says', async () => {
  const mediaId = await world.picture(ada);
  const { id: quoteOfId } = await posting.post(ben, 'Look');
  const id = await draft(ada, { text: 'See #this', mediaIds: [mediaId], quoteOfId, replyPolicy: 'nobody' });

  const { body } = await publish(ada, id).expect(201);

  expect(body).toMatchObject({
    text: 'See #this',
    visibility: 'followers',
    tags: ['this'],
    media: [{ id: mediaId }],
    quote: { state: 'available', post: { id: quoteOfId } },
    replyPolicy: 'nobody',
  });
});

test('is not published where a post would be refused, and stays', async () => {
  const [empty, unready] = [
    await draft(ada, { visibility: 'public' }),
    await draft(ada, { text: 'x', visibility: 'circle' }),
  ];
  const media = { contentType: 'image/png', byteLength: 10 } as const;
  const { mediaId } = (await world.social.createMedia({ as: ada.as, body: media }).expect(201)).body;
  const withPicture = await draft(ada, { mediaIds: [mediaId] });

  expect((await publish(ada, empty).expect(422)).body.code).toBe('post_empty');
  expect((await publish(ada, unready)).status).toBe(400);
  expect((await publish(ada, withPicture).expect(409)).body.code).toBe('media_not_ready');

  for (const id of [empty, unready, withPicture]) await get(ada, id).expect(200);
});

test('reminds of alt text as a post does, and takes the answer', async () => {
  const mediaId = await world.picture(ada);
  await world.query('UPDATE media SET alt_text = NULL WHERE id = $1', mediaId);
  await world.social.updateMe({ as: ada.as, body: { altTextPolicy: 'remind' } }).expect(200);
  const id = await draft(ada, { mediaIds: [mediaId] });

  const reminded = await publish(ada, id).expect(422);

  expect(reminded.body).toMatchObject({ code: 'alt_text_missing', overridable: true });
  await publish(ada, id, { overrides: ['alt_text_missing'] }).expect(201);
});

test('is listed newest first, page by page, and is one of a hundred', async () => {
  const cleo = await world.person();
  const ids: string[] = [];
  for (let n = 0; n < 3; n += 1) {
    world.clock.advance(1_000);
    ids.unshift(await draft(cleo, { text: String(n) }));
  }
  const page = async (query: { limit: number; cursor?: string }) =>
    (await world.social.listDrafts({ as: cleo.as, query }).expect(200)).body;

  const first = await page({ limit: 2 });
  const rest = await page({ limit: 2, cursor: first.nextCursor ?? '' });

  expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(ids);
  expect(rest.nextCursor).toBeNull();
  await world.query(
    `INSERT INTO draft (id, account_id, post, created_at, updated_at)
     SELECT gen_random_uuid(), $1, '{}', now(), now() FROM generate_series(1, 95)`,
    cleo.id,
  );
  const answers = await Promise.all(Array.from({ length: 4 }, () => create(cleo, { text: 'More' })));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409]);
  expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'drafts_full' });
});

test('is published by nobody who is suspended', async () => {
  const cleo = await world.person();
  const id = await draft(cleo);
  const body = { decisionId: cleo.id, reason: 'Spam' };
  await world.social.suspendAccount({ as: { staffId: 'mod' }, path: { userId: cleo.id }, body }).expect(200);

  expect((await publish(cleo, id).expect(403)).body.code).toBe('account_suspended');
});
