import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { foldTag, parseText } from '../helpers/parse-text.ts';

test.each([
  ['finds tags and handles', 'Up #early with @ada and @Ben_2', ['early'], ['ada', 'ben_2']],
  ['folds case and form of letters', '#K\u00e4se #KA\u0308SE #ｋäse', ['käse'], []],
  ['takes letters of every script', '#夜明け #утро #สวัสดี', ['夜明け', 'утро', 'สวัสดี'], []],
  ['takes each once, in the order of the text', '@ben #b #a #B @ben', ['b', 'a'], ['ben']],
  ['ends a handle before the full stop of its sentence', 'Ask @ada.', [], ['ada']],
  ['keeps dots and hyphens inside a handle', '@ada.b-c!', [], ['ada.b-c']],
  ['passes over e-mail addresses', 'Write to ada@example.com', [], []],
  ['passes over parts of addresses', 'https://x.example/#top https://x.example/@ada', [], []],
  ['passes over words with # inside', 'C#sharp a#b &#39;', [], []],
  ['takes no number alone for a tag', '#1 #2026 #y2k', ['y2k'], []],
  ['takes no handle that nobody can have', '@a @-ada @adä @' + 'x'.repeat(31), [], []],
  ['takes no tag that is endless', '#' + 'x'.repeat(101), [], []],
  ['ends a tag at what no word has', '#sea-side #sun,#moon', ['sea', 'sun', 'moon'], []],
  ['finds nothing in nothing', '# @ ## @@', [], []],
])('%s', (_what, text, tags, handles) => {
  expect(parseText(text)).toEqual({ tags, handles });
});

test('counts the first 30 of each', () => {
  const text = Array.from({ length: 40 }, (_, place) => `#tag${String(place)} @name${String(place)}`).join(' ');

  const { tags, handles } = parseText(text);

  expect([tags.length, handles.length]).toEqual([30, 30]);
  expect([tags.at(-1), handles.at(-1)]).toEqual(['tag29', 'name29']);
});

test('folding a folded tag changes nothing', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (tag) => foldTag(foldTag(tag)) === foldTag(tag)));
});

test('every tag that is found is found again where it stands alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      for (const tag of parseText(`${text} #seen`).tags) expect(parseText(`#${tag}`).tags).toEqual([tag]);
    }),
  );
});

test('takes a time that grows with the text and no faster', () => {
  const hostile = [
    '@a.'.repeat(1_000),
    '#'.repeat(2_000),
    '@'.repeat(2_000),
    `@${'a-'.repeat(999)}é`,
    '#a'.repeat(1_000),
  ];

  const startedAt = performance.now();
  for (const text of hostile) parseText(text);

  expect(performance.now() - startedAt).toBeLessThan(500);
});
