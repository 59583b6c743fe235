import type { Document } from '../../../platform/document.ts';
import { meantSchema, takesNull } from './contract-schema.ts';
import type { MeantSchema, Schema } from './contract-schema.ts';
import { goodValue } from './good-values.ts';

/** One change that makes a good body bad. */
export interface BadValue {
  why: string;
  /** Where, as names and indexes from the top. */
  at: string[];
  /** What stands there instead; undefined when it is left out. */
  value: unknown;
}

/** Numbers that JSON can hold and JavaScript cannot, by the word that stands for them until the JSON is written. */
const beyondNumbers = { '@beyond-integers@': '9007199254740993', '@beyond-floats@': '1e400' };

const wrongTypes: Record<string, unknown[]> = {
  string: [12, true, {}, []],
  integer: ['12', 1.5, true, {}, 1e300],
  number: ['12', true, {}],
  boolean: ['true', 1, {}],
  object: ['x', [], 1, true],
  array: [{}, 'x', 1],
};

/** Every way in which each part of `good` can be wrong by its schema. */
export function listBadValues(document: Document, schema: Schema, good: unknown, at: string[] = []): BadValue[] {
  const meant = meantSchema(document, schema);
  const { type } = meant;
  const bad = (why: string, value: unknown): BadValue => ({ why, at, value });
  const wrong = [...(wrongTypes[type] ?? []), ...(takesNull(document, schema) ? [] : [null])];
  return [
    ...wrong.map((value) => bad(`${JSON.stringify(value)} for ${type}`, value)),
    ...(type === 'string' ? badTexts(meant, String(good)).map(([why, value]) => bad(why, value)) : []),
    ...(type === 'integer' ? badIntegers(meant).map(([why, value]) => bad(why, value)) : []),
    ...(type === 'array' ? badArrays(document, meant, good as unknown[], at) : []),
    ...(type === 'object' ? badObjects(document, meant, good as Record<string, unknown>, at) : []),
  ];
}

/** What text can be wrong by; also used for parameters. */
export function badTexts({ minLength = 0, maxLength, format, pattern, enum: words }: Schema, good: string) {
  const texts: [why: string, value: string][] = [
    ['NUL', `${good}\0`],
    ['a lone surrogate', `${good}\ud800`],
  ];
  if (minLength > 0) texts.push(['empty', '']);
  if (maxLength !== undefined) texts.push(['too long', 'a'.repeat(maxLength + 1)]);
  if (format !== undefined) texts.push([`no ${format}`, 'not-what-it-says'], [`a bad ${format}`, spoil(good)]);
  if (words !== undefined) texts.push(['another word', 'no-such-word']);
  if (pattern !== undefined && !new RegExp(pattern, 'u').test('\u0007')) texts.push(['another pattern', '\u0007']);
  return texts;
}

/** Nearly right: a month or a digit that does not exist. */
function spoil(good: string): string {
  return /^\d{4}-\d\d/.test(good) ? good.replace(/-\d\d/, '-13') : `${good.slice(0, -1)}~ `;
}

function badIntegers({ minimum, maximum }: Schema) {
  const integers: [why: string, value: unknown][] = Object.entries(beyondNumbers).map(([word, json]) => [json, word]);
  if (minimum !== undefined) integers.push(['too small', minimum - 1]);
  if (maximum !== undefined) integers.push(['too big', maximum + 1]);
  return integers;
}

function badArrays(document: Document, schema: MeantSchema, good: unknown[], at: string[]): BadValue[] {
  const { items = {}, maxItems, uniqueItems } = schema;
  const [first] = good;
  return [
    ...(maxItems === undefined ? [] : [{ why: 'too many items', at, value: Array(maxItems + 1).fill(first) }]),
    ...(uniqueItems === true ? [{ why: 'the same item twice', at, value: [first, first] }] : []),
    ...(first === undefined ? [] : listBadValues(document, items, first, [...at, '0'])),
  ];
}

function badObjects(document: Document, schema: MeantSchema, good: Record<string, unknown>, at: string[]): BadValue[] {
  const { properties = {}, required = [], additionalProperties, minProperties } = schema;
  const isClosed = additionalProperties === false;
  return [
    ...(isClosed ? [{ why: 'an unknown field', at: [...at, 'surprise'], value: 1 }] : []),
    ...(isClosed ? [{ why: 'a field of every object', at: [...at, 'constructor'], value: {} }] : []),
    ...(minProperties === undefined ? [] : [{ why: 'nothing in it', at, value: {} }]),
    ...required.map((name) => ({ why: 'missing', at: [...at, name], value: undefined })),
    ...Object.entries(properties).flatMap(([name, member]) =>
      good[name] === undefined
        ? []
        : listBadValues(document, member, good[name] ?? goodValue(document, member, {}), [...at, name]),
    ),
  ];
}

/** The JSON of `good` with one bad value in its place. */
export function spoiltJson(good: unknown, { at, value }: Pick<BadValue, 'at' | 'value'>): string {
  const json = JSON.stringify(replaced(good, at, value));
  return Object.entries(beyondNumbers).reduce((text, [word, number]) => text.replaceAll(`"${word}"`, number), json);
}

function replaced(whole: unknown, [name, ...rest]: string[], value: unknown): unknown {
  if (name === undefined) return value;
  const copy = structuredClone(whole ?? {}) as Record<string, unknown>;
  copy[name] = replaced(copy[name], rest, value);
  return copy;
}
