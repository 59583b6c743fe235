import type { Document } from '../../../platform/document.ts';
import { badTexts } from './bad-values.ts';
import { intakeOf, meantSchema } from './contract-schema.ts';
import type { MeantSchema, Parameter } from './contract-schema.ts';
import { rawRequest } from './good-request.ts';
import type { GoodRequest, RawRequest } from './good-request.ts';
import { goodValue } from './good-values.ts';
import type { Spoilt } from './bad-requests.ts';

type Text = [why: string, value: string];

/** Every way in which a parameter of the operation can be wrong. */
export function spoilParameters(document: Document, good: GoodRequest): Spoilt[] {
  const spoilt = intakeOf(document, good.entry).parameters.flatMap((parameter) => {
    const schema = meantSchema(document, parameter.schema);
    const value = String(goodValue(document, parameter.schema, {}, { name: parameter.name }));
    if (parameter.in === 'header') return spoilHeader(good, parameter, schema);
    if (parameter.in === 'path') return spoilPath(good, parameter, badWords(schema, value));
    return spoilQuery(good, parameter, badWords(schema, value), value);
  });
  if (good.entry.operation['x-eov-allow-unknown-query-parameters'] === true) return spoilt;
  const unknown = rawRequest({ ...good, query: [...good.query, ['surprise', '1']] });
  return [...spoilt, { why: 'a parameter that nobody knows', request: unknown, expected: [400], place: 'surprise' }];
}

function badWords(schema: MeantSchema, good: string): Text[] {
  if (schema.type === 'boolean')
    return [
      ['no boolean', 'maybe'],
      ['empty', ''],
    ];
  if (schema.type === 'array') return [...badTexts(schema.items ?? {}, good), ['too many', Array((schema.maxItems ?? 0) + 1).fill(good).join(',')]]; // prettier-ignore
  if (schema.type !== 'integer') return badTexts(schema, good);
  const { minimum = 0, maximum = 0 } = schema;
  const words = ['many', '', '1.5', '1e400', '0x10', '9007199254740993', String(minimum - 1), String(maximum + 1)];
  return words.map((word) => [`"${word}" for a number`, word]);
}

function spoilPath(good: GoodRequest, { name }: Parameter, words: Text[]): Spoilt[] {
  const raw: Text[] = [
    ...words.filter(([, word]) => word !== '').map(([why, word]): Text => [why, encodeLoosely(word)]),
    ['half an escape', '%E0%A4%A'],
    ['very long', 'a'.repeat(8_000)],
    ['a way up', '..%2F..%2Fetc'],
  ];
  return raw.map(([why, value]) => ({
    why: `path ${name}: ${why}`,
    request: rawRequest(good, { [name]: value }),
    expected: [400, 404],
  }));
}

function spoilQuery(good: GoodRequest, { name, required, schema }: Parameter, words: Text[], value: string): Spoilt[] {
  const others = good.query.filter(([each]) => each !== name);
  const send = (...values: string[]): RawRequest =>
    rawRequest({ ...good, query: [...others, ...values.map((each): [string, string] => [name, each])] });
  const texts: Text[] = [
    // Broken UTF-8 in a query is read as U+FFFD, which is text like any other.
    ...words.filter(([why]) => why !== 'a lone surrogate'),
    ...(name === 'cursor' ? badCursors() : []),
  ];
  const spoilt = texts.map(([why, word]) => ({ why, request: send(word) }));
  if (schema.type !== 'array') spoilt.push({ why: 'given twice', request: send(value, value) });
  if (required === true) spoilt.push({ why: 'missing', request: send() });
  return spoilt.map((each) => ({ ...each, why: `query ${name}: ${each.why}`, expected: [400], place: name }));
}

function spoilHeader(
  good: GoodRequest,
  { name, required }: Parameter,
  { maxLength = 0, minLength = 0 }: MeantSchema,
): Spoilt[] {
  const send = (value: string) => rawRequest({ ...good, headers: { ...good.headers, [name]: value } });
  const { [name]: _left, ...others } = good.headers;
  return [
    { why: `header ${name}: too long`, request: send('k'.repeat(maxLength + 1)), expected: [400], place: name },
    ...(minLength > 0 ? [{ why: `header ${name}: empty`, request: send(''), expected: [400], place: name }] : []),
    ...(required === true
      ? [{ why: `header ${name}: missing`, request: rawRequest({ ...good, headers: others }), expected: [400] }]
      : []),
  ];
}

/** Words that look like cursors: what stands in them is of another list, of another type, or nonsense. */
function badCursors(): Text[] {
  const inside = ['{}', '[]', 'null', '7', '{"id":{}}', '{"id":"x"}', '{"id":7}', '{"seq":"x"}', '{"seq":"1e999"}', '{"createdAt":"x","id":"x"}', '{"createdAt":"2026-13-45","id":"0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e"}', '{"bookedOn":"2026-99-99","id":"0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e"}', '{"id":"\\u0000"}', '{"id":"\\ud800"}', '{"__proto__":"x"}', '{"id":']; // prettier-ignore
  return [
    ['nonsense', '!!!'],
    ...inside.map((json): Text => [`a cursor of ${json}`, Buffer.from(json).toString('base64url')]),
  ];
}

/** Percent-encodes what `encodeURIComponent` refuses, too: a lone surrogate, as the bytes that UTF-8 forbids. */
function encodeLoosely(text: string): string {
  return text.split('\ud800').map(encodeURIComponent).join('%ED%A0%80');
}
