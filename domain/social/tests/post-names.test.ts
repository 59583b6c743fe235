import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPosting } from './posting.ts';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
let ada: Person;
let ben: Person;
let cem: Person;
let posting: ReturnType<typeof createPosting>;
beforeAll(async () => {
  world = await createWorld();
  [ada, ben, cem] = [await world.person('ada'), await world.person('ben'), await world.person('cem')];
  posting = createPosting(world);
});
afterAll(() => world.close());

test('a post carries its tags, and the people it mentions with the handles they have', async () => {
  const created = await posting.post(ada, 'Out #Early with @BEN, @ben and @nobody.here #harbour');

  expect(created).toMatchObject({ tags: ['early', 'harbour'], mentions: [{ id: ben.id, handle: 'ben' }] });
  expect(await posting.read(cem, created.id)).toEqual({ ...created, viewer: { ...created.viewer } });
});

test('tells who is mentioned, once, and nobody of themselves', async () => {
  const { id } = await posting.post(ada, '@ben @ada @ben');

  expect(await posting.told(ben)).toContainEqual(['mention', id]);
  expect((await posting.told(ben)).filter(([, postId]) => postId === id)).toHaveLength(1);
  expect(await posting.told(ada)).not.toContainEqual(['mention', id]);
});

test('the author who is answered is told of the reply, and not of the mention too', async () => {
  const { id } = await posting.post(ben, 'Anyone?');

  const reply = await posting.reply(cem, id, { text: '@ben me' });

  expect((await posting.told(ben)).filter(([, postId]) => postId === reply.id)).toEqual([['reply', reply.id]]);
});

test('does not tell of a post that they may not see', async () => {
  const { id } = await posting.post(ada, '@ben is not to know', { visibility: 'followers' });

  expect(await posting.told(ben)).not.toContainEqual(['mention', id]);
});

test('mentions nobody across a block, and shows nobody the handle of whom they have blocked', async () => {
  const [one, other] = [await world.person('one'), await world.person('other')];
  const before = await posting.post(cem, 'Meet @other');
  await posting.block(one, other);

  const across = await posting.post(other, 'Hey @one');

  expect(across.mentions).toEqual([]);
  expect((await posting.read(one, before.id)).mentions).toEqual([]);
  expect((await posting.read(ada, before.id)).mentions).toEqual([{ id: other.id, handle: 'other' }]);
  expect(await posting.told(one)).toEqual([]);
});

test('an edit tells those who are new in it and takes back from those who are not in it any more', async () => {
  const { id } = await posting.post(ada, '@ben #old');

  const { body } = await world.social
    .updatePost({ as: ada.as, path: { postId: id }, body: { text: '@cem #new' } })
    .expect(200);

  expect(body).toMatchObject({ tags: ['new'], mentions: [{ id: cem.id }] });
  expect(await posting.told(cem)).toContainEqual(['mention', id]);
  expect(await posting.told(ben)).not.toContainEqual(['mention', id]);
});

test('a deleted post mentions and tags nothing', async () => {
  const { id } = await posting.post(ada, '@ben #gone');

  await posting.remove(ada, id);

  expect(await world.query('SELECT FROM post_tag WHERE post_id = $1', id)).toEqual([]);
  expect(await world.query('SELECT FROM post_mention WHERE post_id = $1', id)).toEqual([]);
  expect(await posting.told(ben)).not.toContainEqual(['mention', id]);
});
