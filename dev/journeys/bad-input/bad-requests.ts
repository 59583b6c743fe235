import { gzipSync } from 'node:zlib';
import type { Document, OperationEntry } from '../../../platform/document.ts';
import { spoilParameters } from './bad-parameters.ts';
import { listBadValues, spoiltJson } from './bad-values.ts';
import { intakeOf, meantSchema } from './contract-schema.ts';
import { goodRequest, rawRequest } from './good-request.ts';
import type { GoodRequest, RawRequest } from './good-request.ts';

/** A request with one thing wrong, and how it must be refused. */
export interface Spoilt {
  /** What is wrong with it. */
  why: string;
  request: RawRequest;
  /** The statuses that are right for it. */
  expected: number[];
  /** What the `errors` of the answer name: a pointer, or the name of a parameter or header. */
  place?: string;
}

/** Everything that can be wrong with a request of this operation, save for who sends it. */
export function spoilOperation(document: Document, entry: OperationEntry, known: Record<string, string>): Spoilt[] {
  const good = goodRequest(document, entry, known);
  return [...spoilParameters(document, good), ...spoilValues(document, good), ...spoilTransport(document, good)];
}

function spoilValues(document: Document, good: GoodRequest): Spoilt[] {
  const { body } = intakeOf(document, good.entry);
  if (!body) return [];
  return listBadValues(document, body.schema, good.body).map((value) => {
    const place = value.at.map((name) => `/${name}`).join('');
    const request = { ...rawRequest(good), body: spoiltJson(good.body, value) };
    return { why: `body ${place}: ${value.why}`, request, expected: [400], place };
  });
}

/** What is wrong before anybody looks at the fields. */
function spoilTransport(document: Document, good: GoodRequest): Spoilt[] {
  const json = rawRequest(good);
  const whole = json.body?.toString() ?? '{}';
  const send = (text: string | Buffer, headers: Record<string, string> = {}): RawRequest => ({
    ...json,
    headers: { ...json.headers, 'content-type': 'application/json', ...headers },
    body: text,
  });
  const big = JSON.stringify({ text: 'a'.repeat(300_000) });
  return [
    ...['{"a":', '{"a":1}}', "{'a':1}", '\0', '{"a":NaN}', '\u00ff\u00fe'].map((text) =>
      bad('malformed JSON', send(text)),
    ),
    ...(isNeeded(document, good) ? [bad('an empty body', send('')), bad('no body', { ...json, body: undefined })] : []),
    bad('nested deeply', send('['.repeat(50_000) + ']'.repeat(50_000))),
    bad('objects nested deeply', send(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`)),
    bad('300 kB', send(big), [413]),
    bad('300 kB that travel as 400 bytes', send(gzipSync(big), { 'content-encoding': 'gzip' }), [413]),
    bad('no gzip', send(whole, { 'content-encoding': 'gzip' })),
    bad('an unknown encoding', send(whole, { 'content-encoding': 'surprise' }), [400, 415]),
    bad('another charset', send(whole, { 'content-type': 'application/json; charset=utf-16' }), [415]),
    ...['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'application/json; a=b', 'x'] // prettier-ignore
      .map((type) => bad(`a body of ${type}`, send(whole, { 'content-type': type }), [415])),
  ];
}

function bad(why: string, request: RawRequest, expected = [400]): Spoilt {
  return { why, request, expected };
}

/** A body in which nothing must stand may be left out. */
function isNeeded(document: Document, { entry }: GoodRequest): boolean {
  const { body } = intakeOf(document, entry);
  const { required = [], minProperties = 0 } = body ? meantSchema(document, body.schema) : {};
  return required.length + minProperties > 0;
}
