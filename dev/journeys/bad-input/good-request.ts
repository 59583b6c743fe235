import type { Document, OperationEntry } from '../../../platform/document.ts';
import { intakeOf } from './contract-schema.ts';
import type { Parameter } from './contract-schema.ts';
import { goodValue } from './good-values.ts';

/** A request as it goes over the wire. */
export interface RawRequest {
  method: string;
  target: string;
  headers: Record<string, string>;
  body: string | Buffer | undefined;
}

/** A request in parts, so that one of them can be spoilt. */
export interface GoodRequest {
  entry: OperationEntry;
  path: Record<string, string>;
  query: [name: string, value: string][];
  headers: Record<string, string>;
  /** What is to be sent as JSON; undefined for an operation without a body. */
  body: unknown;
}

/** A request of the operation that its contract takes; `known` are ids of things that exist, by the names of parameters. */
export function goodRequest(document: Document, entry: OperationEntry, known: Record<string, string>): GoodRequest {
  const { parameters, body } = intakeOf(document, entry);
  const values = (place: Parameter['in']) =>
    parameters
      .filter((parameter) => parameter.in === place && parameter.required === true)
      .map(({ name, schema }): [string, string] => [name, String(goodValue(document, schema, known, { name }))]);
  const takesKey = parameters.some(({ name }) => name === 'Idempotency-Key');
  return {
    entry,
    path: Object.fromEntries(values('path')),
    query: values('query'),
    headers: { ...Object.fromEntries(values('header')), ...(takesKey && { 'Idempotency-Key': 'a-key' }) },
    body: body && goodValue(document, body.schema, known, { example: body.example }),
  };
}

/** Puts the parts together. `path` has values that are percent-encoded already and stand instead of the good ones. */
export function rawRequest(good: GoodRequest, path: Record<string, string> = {}): RawRequest {
  const { entry, query, headers, body } = good;
  const filled = entry.path.replace(/\{(\w+)\}/g, (_match, name: string) => {
    return path[name] ?? encodeURIComponent(good.path[name] ?? '');
  });
  const search = query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return {
    method: entry.method.toUpperCase(),
    target: search === '' ? filled : `${filled}?${search}`,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  };
}
