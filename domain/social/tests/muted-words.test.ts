import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { newId } from '#platform/ids';
import { createWorld } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
let ben: Person;
beforeAll(async () => {
  world = await createWorld();
  ben = await world.person();
});
afterAll(() => world.close());

const missing = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';
const hour = 3_600_000;
const inOneHour = () => new Date(world.clock.now().getTime() + hour).toISOString();

const muteWord = async (person: Person, phrase: string, expiresAt?: string) =>
  (
    await world.social
      .createMutedWord({ as: person.as, body: { phrase, ...(expiresAt !== undefined && { expiresAt }) } })
      .expect(201)
  ).body;

/** Somebody who follows Ben. */
async function reader(): Promise<Person> {
  const person = await world.person();
  await world.social.followUser({ as: person.as, path: { userId: ben.id } }).expect(200);
  return person;
}

async function post(text: string): Promise<string> {
  world.clock.advance(1_000);
  const { body } = await world.social.createPost({ as: ben.as, body: { text, visibility: 'public' } }).expect(201);
  await world.jobsDone();
  return body.id;
}

async function feedOf(person: Person): Promise<string[]> {
  const { body } = await world.social.getHomeFeed({ as: person.as, query: { limit: 100 } }).expect(200);
  return body.items.map(({ id }) => id);
}

async function hears(phrases: string[], text: string): Promise<boolean> {
  const [row] = await world.query<{ muted: boolean }>(
    'SELECT says_any($1, ARRAY(SELECT words_of(phrase) FROM unnest($2::text[]) phrase)) AS muted',
    text,
    phrases,
  );
  return row?.muted !== true;
}

test('hides posts that hold a muted word from whoever muted it, and only from them', async () => {
  const [ada, other] = [await reader(), await reader()];
  const [spoiler, harmless] = [await post('Spoilers: the butler did it'), await post('Nothing spoiled here')];

  await muteWord(ada, 'spoilers');

  expect(await feedOf(ada)).toEqual([harmless]);
  expect(await feedOf(other)).toEqual(expect.arrayContaining([spoiler, harmless]));
  await world.social.getPost({ as: ada.as, path: { postId: spoiler } }).expect(200);
});

test('hides a post for a word in what it quotes, unless that is one’s own', async () => {
  const ada = await reader();
  const quoting = async (quoteOfId: string) => {
    world.clock.advance(1_000);
    const body = { text: 'Look', visibility: 'public', quoteOfId } as const;
    const { body: made } = await world.social.createPost({ as: ben.as, body }).expect(201);
    await world.jobsDone();
    return made.id;
  };
  const body = { text: 'My quotedword', visibility: 'public' } as const;
  const { body: own } = await world.social.createPost({ as: ada.as, body }).expect(201);
  const [hidden, shown] = [await quoting(await post('A quotedword')), await quoting(own.id)];

  await muteWord(ada, 'quotedword');

  const feed = await feedOf(ada);
  expect(feed).toContain(shown);
  expect(feed).not.toContain(hidden);
});

test('does not hide one’s own posts', async () => {
  await muteWord(ben, 'ownword');

  const postId = await post('My ownword');

  expect(await feedOf(ben)).toContain(postId);
});

describe('whole words', () => {
  const rows: [phrase: string, text: string, muted: boolean][] = [
    ['and', 'sand', false],
    ['and', 'you AND me', true],
    ['and', 'this, and: that', true],
    ['and', 'and', true],
    ['and', 'rock_and_roll', false],
    ['ärger', 'So ein ÄRGER!', true],
    ['ärger', 'verärgert', false],
    ['привет', 'ПРИВЕТ всем', true],
    ['ὀδός', 'Ὀδυσσεύς', false],
    ['café', 'cafe\u0301 au lait', true],
    ['cafe', 'café', false],
    ['plot twist', 'a plot\n  twist', true],
    ['plot twist', 'plot, twist', false],
    ['plot twist', 'a plot twister', false],
    ['c++', 'I write C++.', true],
    ['c++', 'I write C.', false],
    ['c', 'abc', false],
    ['#tag', 'a #tag', true],
    ['#tag', 'a #tags', false],
    ['.*', 'anything', false],
    ['.*', 'grep .* file', true],
    ['(', 'a smile :(', true],
    ['\\M', 'M', false],
    ['%', 'anything', false],
    ['[a-z]', 'b', false],
    ['🚀', 'to the moon 🚀🚀', true],
    ['猫', '黒猫がいる', true],
    ['แมว', 'มีแมวดำ', true],
    ["don't", 'I don’t', false],
    ["don't", "I DON'T", true],
  ];
  test.each(rows)('%j in %j: %j', async (phrase, text, muted) => {
    expect(await hears([phrase], text)).toBe(!muted);
  });

  test('finds every phrase among others, and none inside a longer word', async () => {
    // Letters with one capital each.
    const word = fc.stringMatching(/^[a-zäöüа-я]{1,12}$/);
    const phrase = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '));
    const gap = fc.constantFrom(' ', ', ', '\n', ' – ', '! ', '#');

    await fc.assert(
      fc.asyncProperty(phrase, word, gap, word, async (wanted, before, space, tail) => {
        expect(await hears(['unheard of', wanted], `${before}${space}${wanted.toUpperCase()}${space}`)).toBe(false);
        const [first = '', ...rest] = wanted.split(' ');
        const longer = [`x${first}`, ...rest].join(' ') + tail;
        if (!` ${longer} `.includes(` ${wanted} `)) expect(await hears([wanted], longer)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

test('is off when its time has ended, stays in the list, and can be prolonged in place', async () => {
  const ada = await reader();
  const postId = await post('A timed thing');
  const word = await muteWord(ada, 'timed', inOneHour());
  expect(await feedOf(ada)).not.toContain(postId);

  world.clock.advance(hour);

  expect(await feedOf(ada)).toContain(postId);
  const { body } = await world.social.listMutedWords({ as: ada.as, query: {} }).expect(200);
  expect(body.items).toEqual([word]);
  const path = { mutedWordId: word.id };
  const renewed = await world.social.updateMutedWord({ as: ada.as, path, body: { expiresAt: null } }).expect(200);
  expect(renewed.body).toEqual({ ...word, expiresAt: null });
  expect(await feedOf(ada)).not.toContain(postId);
});

test('is edited in place', async () => {
  const ada = await reader();
  const [one, two] = [await post('Apples today'), await post('Pears today')];
  const word = await muteWord(ada, 'apples', inOneHour());

  const path = { mutedWordId: word.id };
  const { body } = await world.social.updateMutedWord({ as: ada.as, path, body: { phrase: ' pears ' } }).expect(200);

  expect(body).toEqual({ ...word, phrase: 'pears' });
  const feed = await feedOf(ada);
  expect([feed.includes(one), feed.includes(two)]).toEqual([true, false]);
});

test('is taken back once', async () => {
  const ada = await reader();
  const postId = await post('A taken back thing');
  const { id } = await muteWord(ada, 'taken back');

  await world.social.deleteMutedWord({ as: ada.as, path: { mutedWordId: id } }).expect(204);

  expect(await feedOf(ada)).toContain(postId);
  await world.social.deleteMutedWord({ as: ada.as, path: { mutedWordId: id } }).expect(404);
});

test("another's word is not there", async () => {
  const [ada, eve] = [await world.person(), await world.person()];
  const word = await muteWord(ada, 'mine');

  for (const mutedWordId of [word.id, missing]) {
    const path = { mutedWordId };
    const change = await world.social.updateMutedWord({ as: eve.as, path, body: { phrase: 'x' } }).expect(404);
    const removal = await world.social.deleteMutedWord({ as: eve.as, path }).expect(404);
    expect([change.body.code, removal.body.code]).toEqual(['not_found', 'not_found']);
  }
  expect((await world.social.listMutedWords({ as: eve.as, query: {} }).expect(200)).body.items).toEqual([]);
  expect((await world.social.listMutedWords({ as: ada.as, query: {} }).expect(200)).body.items).toEqual([word]);
});

test.each([
  [{}],
  [{ phrase: '' }],
  [{ phrase: ' \n\u3000\u0085' }],
  [{ phrase: 'x'.repeat(101) }],
  [{ phrase: 'x', expiresAt: '2020-01-01T00:00:00Z' }],
  [{ phrase: 'x', expiresAt: null }],
  [{ phrase: 'x', wholeWord: false }],
])('refuses the word %j', async (body) => {
  const { as } = await world.person();

  await world.social.createMutedWord({ as, body: body as { phrase: string } }).expect(400);
});

test.each([[{}], [{ phrase: '' }], [{ expiresAt: '2020-01-01T00:00:00Z' }], [{ id: missing }]])(
  'refuses the change %j',
  async (body) => {
    const ada = await world.person();
    const { id } = await muteWord(ada, 'x');

    await world.social.updateMutedWord({ as: ada.as, path: { mutedWordId: id }, body: body as { phrase: string } }).expect(400); // prettier-ignore
  },
);

test('one key, one word', async () => {
  const { as } = await world.person();
  const headers = { 'Idempotency-Key': 'k' };

  const first = await world.social.createMutedWord({ as, headers, body: { phrase: 'once' } }).expect(201);
  const again = await world.social.createMutedWord({ as, headers, body: { phrase: 'once' } }).expect(201);
  const other = await world.social.createMutedWord({ as, headers, body: { phrase: 'twice' } }).expect(422);

  expect(again.body).toEqual(first.body);
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect(other.body.code).toBe('idempotency_key_reused');
});

test('takes 200 words and not one more, also at the same time', async () => {
  const ada = await world.person();
  await world.query(
    `INSERT INTO muted_word (id, account_id, phrase, created_at)
     SELECT id, $1, 'word', now() FROM unnest($2::uuid[]) id`,
    ada.id,
    Array.from({ length: 196 }, () => newId(world.clock.now())),
  );

  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, place) =>
      world.social.createMutedWord({ as: ada.as, body: { phrase: `more ${String(place)}` } }),
    ),
  );

  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 409, 409, 409, 409]);
  expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'muted_words_full' });
  const [row] = await world.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM muted_word WHERE account_id = $1',
    ada.id,
  );
  expect(row?.count).toBe(200);
});

test('lists words newest first, in pages', async () => {
  const ada = await world.person();
  const words = [];
  for (const phrase of ['one', 'two', 'three']) {
    world.clock.advance(1_000);
    words.unshift(await muteWord(ada, phrase));
  }

  const first = await world.social.listMutedWords({ as: ada.as, query: { limit: 2 } }).expect(200);
  const cursor = first.body.nextCursor ?? '';
  const second = await world.social.listMutedWords({ as: ada.as, query: { limit: 2, cursor } }).expect(200);

  expect([...first.body.items, ...second.body.items]).toEqual(words);
  expect(second.body.nextCursor).toBeNull();
});
