import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { composeJson, RawJson } from '../raw-json.ts';

const jsonObject = fc.dictionary(fc.string(), fc.jsonValue());

test('splitting an object and parsing the parts gives what parsing the whole gives', () => {
  fc.assert(
    fc.property(jsonObject, fc.constantFrom(0, 2), (object, indent) => {
      const members = new RawJson<Record<string, unknown>>(JSON.stringify(object, null, indent)).members();

      const parsed = Object.entries(members).map(([name, member]) => [name, member.parse()]);
      expect(Object.fromEntries(parsed)).toEqual(JSON.parse(JSON.stringify(object)));
    }),
    { numRuns: 500 },
  );
});

test('a tree with raw parts is written as the same tree without them', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (raw, plain) => {
      const tree = {
        raw: new RawJson(JSON.stringify(raw)),
        list: [plain, new RawJson(JSON.stringify(raw))],
        gone: undefined,
      };

      expect(JSON.parse(composeJson(tree).toString())).toEqual(JSON.parse(JSON.stringify({ raw, list: [plain, raw] })));
    }),
  );
});

test('a date is written as JSON.stringify writes it', () => {
  expect(composeJson({ at: new Date(0) }).toString()).toBe('{"at":"1970-01-01T00:00:00.000Z"}');
});
