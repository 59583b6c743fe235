import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { escapeLike, foldText } from '../helpers/search-text.ts';
import type { BlobStore } from '../services/blob-store.ts';
import { limitSubject, limits } from '../services/limits.ts';
import { lastId } from '../helpers/page.ts';
import { peopleFound } from '../services/search-people.ts';
import { postsFound } from '../services/search-posts.ts';
import { tagsFound } from '../services/search-tags.ts';
import { createPosting } from './posting.ts';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
let posting: ReturnType<typeof createPosting>;
let viewer: Person;
beforeAll(async () => {
  world = await createWorld();
  posting = createPosting(world);
  viewer = await world.person('the_viewer');
});
afterAll(() => world.close());

type Query = Parameters<World['social']['search']>[0]['query'];

const search = (who: Person, query: Query) => world.social.search({ as: who.as, query });
async function found(who: Person, q: string, type: 'people' | 'posts' | 'tags' = 'people') {
  const { body } = await search(who, { q, type }).expect(200);
  return body.items.map((item) => ('tag' in item ? item.tag : item.id));
}
/** All pages of a search, one after another; `between` runs after each. */
async function pages(who: Person, query: Query, between: () => Promise<unknown> = () => Promise.resolve()) {
  const ids: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const { body } = await search(who, { ...query, ...(cursor !== undefined && { cursor }) }).expect(200);
    ids.push(...body.items.map((item) => ('tag' in item ? item.tag : item.id)));
    cursor = body.nextCursor;
    await between();
  }
  return ids;
}
const change = (who: Person, body: Parameters<World['social']['updateMe']>[0]['body']) =>
  world.social.updateMe({ as: who.as, body }).expect(200);
async function post(author: Person, text: string, more: Parameters<typeof posting.post>[2] = {}) {
  world.clock.advance(1_000);
  return (await posting.post(author, text, more)).id;
}

describe('people', () => {
  test('are found by handle before name, whole before part, and followed before strange', async () => {
    const [part, name, begins, whole, followed] = [
      await world.person('a_zoltan_b'),
      await world.person('somebody1'),
      await world.person('zoltan_two'),
      await world.person('zoltan'),
      await world.person('zoltan_one'),
    ];
    await change(name, { displayName: 'Éva Zóltan' });
    await posting.follow(viewer, followed);

    expect(await found(viewer, 'zoltan')).toEqual([whole, followed, begins, name, part].map(({ id }) => id));
    expect(await found(viewer, '@ZOLTAN')).toEqual(await found(viewer, 'zoltan'));
    expect(await found(viewer, 'eva zo')).toEqual([name.id]);
    for (const nothing of ['z%', '@', ' ', '_']) expect(await found(viewer, nothing)).toEqual([]);
    expect(await found(viewer, 'z')).toEqual(expect.arrayContaining([whole.id, followed.id, begins.id]));
  });

  test('are found when the name is written much the same', async () => {
    const person = await world.person('somebody2');
    await change(person, { displayName: 'Wilhelmina Schneider' });

    expect(await found(viewer, 'wilhelmine')).toEqual([person.id]);
  });

  test('who do not want to be discovered are found by followers and by their whole handle alone', async () => {
    const shy = await world.person('shy_person');
    await change(shy, { discoverable: false, displayName: 'Shyness Itself' });

    expect(await found(viewer, 'shy_per')).toEqual([]);
    expect(await found(viewer, 'Shyness')).toEqual([]);
    expect(await found(viewer, 'Shy_Person')).toEqual([shy.id]);
    expect(await found(shy, 'shyness')).toEqual([shy.id]);
    await posting.follow(viewer, shy);

    expect(await found(viewer, 'shyness')).toEqual([shy.id]);
  });

  test('are not found across a block, while suspended or while leaving', async () => {
    const [blocked, blocking, suspended, leaving] = [
      await world.person('hidden_1'),
      await world.person('hidden_2'),
      await world.person('hidden_3'),
      await world.person('hidden_4'),
    ];
    expect(await found(viewer, 'hidden')).toHaveLength(4);

    await posting.block(viewer, blocked);
    await posting.block(blocking, viewer);
    const body = {
      decisionId: suspended.id,
      reason: 'Spam',
      until: new Date(world.clock.now().getTime() + 60_000).toISOString(),
    };
    await world.social.suspendAccount({ as: { staffId: 'mod' }, path: { userId: suspended.id }, body }).expect(200);
    await world.query(`INSERT INTO account_closure VALUES ($1, now(), now() + interval '14 days')`, leaving.id);

    expect(await found(viewer, 'hidden')).toEqual([]);
    expect(await found(viewer, 'hidden_1')).toEqual([]);
    expect((await found(suspended, 'hidden_2'))[0]).toBe(blocking.id);
    world.clock.advance(60_001);
    expect(await found(viewer, 'hidden')).toEqual([suspended.id]);
  });

  test('come page by page, each once, while others join', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.push((await world.person(`crowd_${String(n)}`)).id);
    let joined = 0;

    const seen = await pages(viewer, { q: 'crowd', limit: 2 }, () => world.person(`joined_crowd_${String(joined++)}`));

    expect(seen.filter((id) => ids.includes(id)).sort()).toEqual([...ids].sort());
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('posts', () => {
  test('are found by all of their words, in any case, with or without accents, and by the beginning of the last', async () => {
    const id = await post(viewer, 'Käse und Brötchen am Hafen');
    await post(viewer, 'Käse am Morgen');

    for (const q of ['kase hafen', 'HAFEN KÄSE', 'brot', '"brotchen am"', 'kase -morgen', 'kase haf']) {
      expect([q, await found(viewer, q, 'posts')]).toEqual([q, [id]]);
    }
    expect(await found(viewer, '"am brotchen"', 'posts')).toEqual([]);
    expect(await found(viewer, 'tchen', 'posts')).toEqual([]);
  });

  test.each(['-nothing', `'&|!<>:*()`, '"', '%', '\\', ':*', "a' | 'b", '٪', ' '])(
    'by %j are found without harm',
    async (q) => {
      expect(await found(viewer, q, 'posts')).toEqual([]);
      await search(viewer, { q, type: 'people' }).expect(200);
      await search(viewer, { q, type: 'tags' }).expect(200);
    },
  );

  test('come the best first, and of these the newest', async () => {
    const [once, often, newest] = [
      await post(viewer, 'A kiwi, and then a long text about something else that goes on and on for a while'),
      await post(viewer, 'Kiwi kiwi kiwi'),
      await post(viewer, 'A kiwi, and then a long text about something else that goes on and on for a while'),
    ];

    expect(await found(viewer, 'kiwi', 'posts')).toEqual([often, newest, once]);
  });

  test('are found by whoever may open them, and by nobody else', async () => {
    const [author, follower, member, stranger] = [
      await world.person(),
      await world.person(),
      await world.person(),
      await world.person(),
    ];
    for (const who of [follower, member]) await posting.follow(who, author);
    const circleId = await posting.circle(author, member);
    const open = await post(author, 'walnut');
    const forFollowers = await post(author, 'walnut', { visibility: 'followers' });
    const forCircle = await post(author, 'walnut', { visibility: 'circle', circleId });
    const own = await post(author, 'walnut', { visibility: 'self' });
    await posting.remove(author, await post(author, 'walnut'));
    const seenBy = async (who: Person) => (await found(who, 'walnut', 'posts')).reverse();

    expect(await seenBy(stranger)).toEqual([open]);
    expect(await seenBy(follower)).toEqual([open, forFollowers]);
    expect(await seenBy(member)).toEqual([open, forFollowers, forCircle]);
    expect(await seenBy(author)).toEqual([open, forFollowers, forCircle, own]);
    const place = { circleId, userId: member.id };
    await world.social.removeCircleMember({ as: author.as, path: place }).expect(204);
    expect(await seenBy(member)).toEqual([open, forFollowers]);
    await world.social.createMutedWord({ as: follower.as, body: { phrase: 'walnut' } }).expect(201);
    await world.social.muteUser({ as: stranger.as, path: { userId: author.id }, body: {} }).expect(200);
    expect([await seenBy(follower), await seenBy(stranger)]).toEqual([[], []]);
    await posting.block(author, member);
    expect(await seenBy(member)).toEqual([]);
  });

  test('are found as they are now', async () => {
    const id = await post(viewer, 'A parsnip');

    await world.social.updatePost({ as: viewer.as, path: { postId: id }, body: { text: 'A celery' } }).expect(200);

    expect(await found(viewer, 'parsnip', 'posts')).toEqual([]);
    expect(await found(viewer, 'celery', 'posts')).toEqual([id]);
  });

  test('come page by page, each once, while more are posted and some deleted', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 6; n += 1) ids.push(await post(viewer, `turnip${' turnip'.repeat(n % 3)}`));
    const extra: string[] = [];

    const seen = await pages(viewer, { q: 'turnip', type: 'posts', limit: 2 }, async () => {
      extra.push(await post(viewer, 'turnip turnip'));
      if (extra.length > 1) await posting.remove(viewer, extra[extra.length - 2] ?? '');
    });

    expect([...seen].sort()).toEqual([...ids].sort());
  });
});

describe('tags', () => {
  test('are found by their beginning, with the number of posts that are for the caller', async () => {
    const [author, stranger] = [await world.person(), await world.person()];
    await post(author, '#Sailing #sail');
    await post(author, '#SAILING');
    await post(author, '#sailor', { visibility: 'followers' });
    await post(author, '#sailcloth', { visibility: 'self' });
    const tags = async (who: Person, q: string) => (await search(who, { q, type: 'tags' }).expect(200)).body.items;

    expect(await tags(stranger, '#SAIL')).toEqual([
      { tag: 'sail', posts: 1 },
      { tag: 'sailing', posts: 2 },
    ]);
    expect(await found(author, 'sail', 'tags')).toEqual(['sail', 'sailcloth', 'sailing', 'sailor']);
    expect(await pages(author, { q: 'sail', type: 'tags', limit: 1 })).toEqual([
      'sail',
      'sailcloth',
      'sailing',
      'sailor',
    ]);
    expect(await pages(stranger, { q: 'sail', type: 'tags', limit: 1 })).toEqual(['sail', 'sailing']);
    for (const nothing of ['_ail', '#', ' ']) expect(await found(stranger, nothing, 'tags')).toEqual([]);
  });

  test('that have nothing for the caller stand neither on a page nor in a cursor', async () => {
    const [author, stranger] = [await world.person(), await world.person()];
    await post(author, '#moonlight_1 #moonlight_3', { visibility: 'self' });
    await post(author, '#moonlight_2 #moonlight_4');

    const first = (await search(stranger, { q: 'moonlight', type: 'tags', limit: 1 }).expect(200)).body;
    const nothing = (await search(stranger, { q: 'moonlight_3', type: 'tags', limit: 1 }).expect(200)).body;

    expect(first.items).toEqual([{ tag: 'moonlight_2', posts: 1 }]);
    expect(Buffer.from(first.nextCursor ?? '', 'base64url').toString()).not.toMatch(/moonlight_[13]/);
    expect(nothing).toEqual({ items: [], nextCursor: null });
    expect(await pages(stranger, { q: 'moonlight', type: 'tags', limit: 1 })).toEqual(['moonlight_2', 'moonlight_4']);
  });

  test('are not hidden by however many newer posts that nobody may see', async () => {
    const [author, other, stranger] = [await world.person(), await world.person(), await world.person()];
    await post(author, '#lantern');
    for (let n = 0; n < 101; n += 1) await post(other, '#lantern', { visibility: 'self' });

    const { body } = await search(stranger, { q: 'lantern', type: 'tags' }).expect(200);
    const discover = await world.social.getDiscover({ as: stranger.as, query: { q: 'lantern' } }).expect(200);

    expect(body.items).toEqual([{ tag: 'lantern', posts: 1 }]);
    expect(discover.body.tags.items).toEqual(body.items);
    expect((await search(other, { q: 'lantern', type: 'tags' })).body.items).toEqual([{ tag: 'lantern', posts: 100 }]);
  });

  test('list the posts that are for the caller, newest first, page by page', async () => {
    const [author, stranger] = [await world.person(), await world.person()];
    const ids = [await post(author, '#Rowing'), await post(author, 'and #rowing'), await post(author, '#ROWING again')];
    const secret = await post(author, '#rowing', { visibility: 'followers' });
    const list = async (who: Person, query: { limit?: number; cursor?: string } = {}, tag = 'RoWing') =>
      (await world.social.listTagPosts({ as: who.as, path: { tag }, query }).expect(200)).body;

    expect((await list(author)).items.map(({ id }) => id)).toEqual([secret, ...ids.toReversed()]);
    const first = await list(stranger, { limit: 2 });
    const rest = await list(stranger, { limit: 2, cursor: first.nextCursor ?? '' });
    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(ids.toReversed());
    expect(rest.nextCursor).toBeNull();
    expect(await list(stranger, {}, 'unheard_of')).toEqual({ items: [], nextCursor: null });
    await world.social.muteUser({ as: stranger.as, path: { userId: author.id }, body: {} }).expect(200);
    expect((await list(stranger)).items).toEqual([]);
  });
});

test.each([
  [{ q: '' }],
  [{ q: 'x'.repeat(101) }],
  [{ q: 'a', type: 'money' as 'tags' }],
  [{ q: 'a', limit: 101 }],
  [{ q: 'a', cursor: 'x' }],
  [{ q: 'a', cursor: Buffer.from(JSON.stringify({ rank: 99999999999, id: lastId })).toString('base64url') }],
  [
    {
      q: 'a',
      type: 'posts' as const,
      cursor: Buffer.from(JSON.stringify({ rank: 1, id: lastId })).toString('base64url'),
    },
  ],
  [{} as Query],
])('refuses the search %j', async (query) => {
  await search(viewer, query).expect(400);
});

test('refuses too many searches', async () => {
  const person = await world.person();
  const endsAt = new Date(world.clock.now().getTime() + 30_000);
  await world.query(
    'INSERT INTO limit_window VALUES ($1, $2, $3)',
    limitSubject('search', person.id),
    limits.search.quota,
    endsAt,
  );

  const refused = await search(person, { q: 'a' }).expect(429);

  expect(refused.headers['retry-after']).toBe('30');
  await world.social.getDiscover({ as: person.as, query: { q: 'a' } }).expect(429);
  await world.social.getDiscover({ as: person.as, query: {} }).expect(200);
});

test('folding here and in PostgreSQL is one, and escaped text stands for itself', async () => {
  const texts = fc.sample(fc.string({ unit: 'grapheme', maxLength: 20 }), 200).filter((text) => !text.includes('\0'));
  const known = ['Ärger', 'ŠKODA', 'ﬁn', 'café', 'q̃', 'Ｆｕｌｌ', '100%_\\', ...texts];

  const rows = await world.query<{ same: boolean; likes: boolean }>(
    `SELECT folded(t.said) = t.folded AS same, t.said LIKE t.pattern AS likes
     FROM unnest($1::text[], $2::text[], $3::text[]) t (said, folded, pattern)`,
    known,
    known.map(foldText),
    known.map(escapeLike), // prettier-ignore
  );

  expect(rows.filter(({ likes }) => !likes)).toEqual([]);
  const differing = known.filter((_, place) => rows[place]?.same === false);
  expect(differing.filter((text) => /^[\p{Script=Latin}\p{N}\p{P}\s]*$/u.test(text))).toEqual([]);
});

describe('among many', () => {
  beforeAll(async () => {
    await world.query(`
      INSERT INTO account (id, email, password_hash, created_at, last_active_at)
      SELECT gen_random_uuid(), 'many' || n || '@example.com', 'x', now(), now() FROM generate_series(1, 20000) n;
      INSERT INTO profile (account_id, handle, display_name)
      SELECT id, split_part(email::text, '@', 1), 'Person ' || md5(email::text) FROM account WHERE email LIKE 'many%';
      INSERT INTO post (id, author_id, text, visibility, created_at)
      SELECT gen_random_uuid(), account_id, 'Some words, and ' || md5(handle::text), 'public', now() FROM profile
      WHERE handle LIKE 'many%';
      INSERT INTO post_tag (tag, post_id) SELECT 'tag' || left(md5(id::text), 4), id FROM post`);
    await world.query('VACUUM ANALYZE');
  });

  const ctx = () => ({ blobs: { publicUrl: 'https://media.example' } as BlobStore, clock: world.clock });
  const first = { rank: 2_147_483_647, id: lastId };

  test.each([
    [
      'profile_handle_prefix_idx',
      () => peopleFound(ctx(), { userId: viewer.id, q: 'many1234', after: first, limit: 20 }),
    ],
    [
      'profile_handle_trigram_idx',
      () => peopleFound(ctx(), { userId: viewer.id, q: 'any1234', after: first, limit: 20 }),
    ],
    ['profile_folded_name_idx', () => peopleFound(ctx(), { userId: viewer.id, q: 'abcdef', after: first, limit: 20 })],
    [
      'post_words_idx',
      () => postsFound(ctx(), { userId: viewer.id, q: 'abcdef', newest: lastId, after: first, limit: 20 }),
    ],
    ['post_tag_pkey', () => tagsFound(ctx(), { userId: viewer.id, q: 'tagab', after: '', limit: 20 })],
  ])('a search goes by %s, and reads no table whole', async (index, statement) => {
    const { text, values } = statement();

    const plan = await world.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, ...values);

    const lines = plan.map((row) => row['QUERY PLAN']).join('\n');
    expect(lines).toContain(index);
    expect(lines).not.toMatch(/Seq Scan on (profile|post|post_tag)\b/);
  });
});
