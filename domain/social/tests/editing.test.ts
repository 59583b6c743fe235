import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPosting } from './posting.ts';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
let ada: Person;
let ben: Person;
let posting: ReturnType<typeof createPosting>;
beforeAll(async () => {
  world = await createWorld();
  [ada, ben] = [await world.person('ada'), await world.person('ben')];
  posting = createPosting(world);
});
afterAll(() => world.close());

type Edit = Parameters<World['social']['updatePost']>[0]['body'];
const edit = (author: Person, postId: string, body: Edit, ifMatch?: string) =>
  world.social.updatePost({
    as: author.as,
    path: { postId },
    body,
    ...(ifMatch !== undefined && { headers: { 'If-Match': ifMatch } }),
  });
const history = (viewer: Person, postId: string, query: { cursor?: string; limit?: number } = {}) =>
  world.social.listPostVersions({ as: viewer.as, path: { postId }, query });

test('keeps id and place, says when, and shows every version to whoever may open the post', async () => {
  const created = await posting.post(ada, 'First');
  const postedAt = created.createdAt;
  world.clock.advance(60_000);

  const { body } = await edit(ada, created.id, { text: 'Second' }).expect(200);

  const editedAt = world.clock.now().toISOString();
  expect(body).toEqual({ ...created, text: 'Second', editedAt });
  expect(await posting.read(ben, created.id)).toMatchObject({ text: 'Second', createdAt: postedAt, editedAt });
  expect((await history(ben, created.id).expect(200)).body).toEqual({
    items: [
      { version: 2, text: 'Second', media: [], writtenAt: editedAt },
      { version: 1, text: 'First', media: [], writtenAt: postedAt },
    ],
    nextCursor: null,
  });
});

test('lists many versions page by page, each once', async () => {
  const { id } = await posting.post(ada, 'Version 1');
  for (const version of [2, 3, 4, 5]) await edit(ada, id, { text: `Version ${String(version)}` }).expect(200);

  const first = (await history(ada, id, { limit: 3 }).expect(200)).body;
  const second = (await history(ada, id, { limit: 3, cursor: first.nextCursor ?? '' }).expect(200)).body;

  expect([...first.items, ...second.items].map(({ text }) => text)).toEqual([5, 4, 3, 2, 1].map((n) => `Version ${String(n)}`)); // prettier-ignore
  expect(second.nextCursor).toBeNull();
  await history(ada, id, { cursor: Buffer.from('{"version":"x"}').toString('base64url') }).expect(400);
  await history(ada, id, { cursor: Buffer.from('{"version":"99999999999"}').toString('base64url') }).expect(400);
});

test('refuses an edit of what was edited since, and takes one after a mere reaction', async () => {
  const { id } = await posting.post(ada, 'First');
  const path = { postId: id };
  const etag = (await world.social.getPost({ as: ada.as, path }).expect(200)).headers['etag'] ?? '';
  await world.social.setReaction({ as: ben.as, path: { ...path, kind: 'like' } }).expect(200);
  const reacted = (await world.social.getPost({ as: ada.as, path }).expect(200)).headers['etag'];

  const edited = await edit(ada, id, { text: 'Second' }, etag).expect(200);

  expect(reacted).not.toBe(etag);
  expect((await edit(ada, id, { text: 'Third' }, etag).expect(412)).body.code).toBe('precondition_failed');
  expect((await edit(ada, id, { text: 'Third' }, '"1.nobodys.tag"').expect(412)).body.code).toBe('precondition_failed');
  await edit(ada, id, { text: 'Third' }, `"other", ${edited.headers['etag'] ?? ''}`).expect(200);
  await edit(ada, id, { text: 'Fourth' }, '*').expect(200);
});

test('parallel edits of one version: one is taken', async () => {
  const { id } = await posting.post(ada, 'First');
  const etag = (await world.social.getPost({ as: ada.as, path: { postId: id } }).expect(200)).headers['etag'] ?? '';

  const answers = await Promise.all(['a', 'b', 'c', 'd'].map((text) => edit(ada, id, { text }, etag)));

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  expect((await history(ada, id).expect(200)).body.items).toHaveLength(2);
});

test('parallel edits without a version all happen, one after another', async () => {
  const { id } = await posting.post(ada, 'First');

  const answers = await Promise.all(['a', 'b', 'c', 'd'].map((text) => edit(ada, id, { text })));

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const { items } = (await history(ada, id).expect(200)).body;
  expect(items.map(({ version }) => version)).toEqual([5, 4, 3, 2, 1]);
  expect(items.map(({ text }) => text).sort()).toEqual(['First', 'a', 'b', 'c', 'd']);
});

test('an edit that changes nothing is no version', async () => {
  const created = await posting.post(ada, 'Same');

  const { body } = await edit(ada, created.id, { text: 'Same' }).expect(200);

  expect(body).toEqual(created);
  expect((await history(ada, created.id).expect(200)).body.items).toHaveLength(1);
});

test('a picture that is taken out is deleted, and leaves its description in the past version', async () => {
  const [kept, gone] = [await world.picture(ada), await world.picture(ada)];
  const created = await posting.post(ada, 'Two', { mediaIds: [kept, gone] });

  const { body } = await edit(ada, created.id, { mediaIds: [kept] }).expect(200);
  await world.jobsDone();

  expect(body.media.map(({ id }) => id)).toEqual([kept]);
  expect((await fetch(created.media[1]?.url ?? '')).status).toBe(404);
  expect((await fetch(created.media[0]?.url ?? '')).status).toBe(200);
  const { items } = (await history(ben, created.id).expect(200)).body;
  expect(items[0]?.media).toEqual(body.media);
  expect(items[1]?.media).toEqual([created.media[0], { ...created.media[1], url: null, thumbnailUrl: null }]);
});

test('refuses to empty a post, to take what is not there, and whatever is not to be edited', async () => {
  const { id } = await posting.post(ada, 'Text');
  const bens = await world.picture(ben);

  expect((await edit(ada, id, { text: ' ' }).expect(422)).body.code).toBe('post_empty');
  expect((await edit(ada, id, { text: '\u200b\u2060' }).expect(422)).body.code).toBe('post_empty');
  await edit(ada, id, { mediaIds: [bens] }).expect(404);
  await edit(ada, id, {}).expect(400);
  await edit(ada, id, { visibility: 'public' } as Edit).expect(400);
  await edit(ada, id, { text: 'x'.repeat(2001) }).expect(400);
  expect((await history(ada, id).expect(200)).body.items).toHaveLength(1);
});

test("another's post, a deleted one and none at all answer alike", async () => {
  const [hers, deleted] = [await posting.post(ada, 'Hers'), await posting.post(ben, 'Gone')];
  await posting.remove(ben, deleted.id);

  const answers = await Promise.all([hers.id, deleted.id, ben.id].map((id) => edit(ben, id, { text: 'Mine' })));

  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
  expect(new Set(answers.map(({ body }) => JSON.stringify({ ...body, instance: '' }))).size).toBe(1);
  await history(ben, deleted.id).expect(404);
});

test('the versions of a deleted post are erased', async () => {
  const { id } = await posting.post(ada, 'Secret');
  await edit(ada, id, { text: 'Less secret' }).expect(200);

  await posting.remove(ada, id);

  expect(await world.query('SELECT FROM post_revision WHERE post_id = $1', id)).toEqual([]);
  expect(await world.query('SELECT text FROM post WHERE id = $1', id)).toEqual([{ text: '' }]);
});

test('reminds of a missing alt text whoever asked for it, and lets them post all the same', async () => {
  const author = await world.person();
  await world.social.updateMe({ as: author.as, body: { altTextPolicy: 'remind' } }).expect(200);
  const [described, bare] = [await world.picture(author), await world.picture(author)];
  await world.social.updateMedia({ as: author.as, path: { mediaId: bare }, body: { altText: null } }).expect(200);
  const body = { text: 'Look', visibility: 'public', mediaIds: [described, bare] } as const;

  const held = await world.social.createPost({ as: author.as, body: { ...body, mediaIds: [...body.mediaIds] } }).expect(422); // prettier-ignore

  expect(held.body).toMatchObject({
    code: 'alt_text_missing',
    overridable: true,
    errors: [{ pointer: '/mediaIds/1' }],
  });
  const all = await posting.post(author, 'Look', { mediaIds: [described, bare], overrides: ['alt_text_missing'] });
  expect(all.media).toHaveLength(2);
  expect((await edit(author, all.id, { mediaIds: [bare] }).expect(422)).body.code).toBe('alt_text_missing');
  await edit(author, all.id, { text: 'Only the text' }).expect(200);
  await world.social.updateMedia({ as: author.as, path: { mediaId: bare }, body: { altText: 'A wall' } }).expect(200);
  expect((await edit(author, all.id, { mediaIds: [bare] }).expect(200)).body.media[0]?.altText).toBe('A wall');
});

test('nobody is reminded who did not ask for it', async () => {
  const bare = await world.picture(ben);
  await world.social.updateMedia({ as: ben.as, path: { mediaId: bare }, body: { altText: null } }).expect(200);

  const created = await posting.post(ben, 'Look', { mediaIds: [bare] });

  expect(created.media[0]?.altText).toBeNull();
});

test('an alt text is new wherever the picture is shown, and nobody else writes it', async () => {
  const mediaId = await world.picture(ada);
  const { id } = await posting.post(ada, 'Look', { mediaIds: [mediaId] });
  const describe = (person: Person, altText: string | null) =>
    world.social.updateMedia({ as: person.as, path: { mediaId }, body: { altText } });

  await describe(ada, 'A red square').expect(200);

  expect((await posting.read(ben, id)).media[0]?.altText).toBe('A red square');
  await describe(ben, 'Nonsense').expect(404);
  await describe(ada, '').expect(400);
  await describe(ada, 'x'.repeat(1501)).expect(400);
  expect((await posting.read(ben, id)).media[0]?.altText).toBe('A red square');
});
