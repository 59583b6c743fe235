/** A client of any HTTP API that has a contract: typed by operation, silent about how the bytes travel. */
import type { BodyOf, HeadersOf, Operation, PathOf, QueryOf } from './contract.ts';
import { listOperations } from './document.ts';
import type { Document, OperationEntry } from './document.ts';
import { RawJson } from './raw-json.ts';

/** One request as the transport sees it. */
export interface HttpRequest {
  operationId: string;
  method: string;
  /** Path and query, beginning with a slash. */
  target: string;
  headers: Record<string, string>;
  body: string | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  bytes: Buffer;
}

type Media<T> = NonNullable<T> extends { content: infer Content } ? Content[keyof Content] : undefined;
type Success = 200 | 201 | 202 | 204 | 207;

/** A 2xx answer. `body` is parsed when it is first looked at; `raw` passes it on as it came. */
export type ContractReply<O extends Operation> = {
  [S in keyof O['responses'] & Success]: {
    status: S;
    readonly body: Media<O['responses'][S]>;
    raw: RawJson<Media<O['responses'][S]>> | undefined;
    etag?: string;
    headers: Record<string, string>;
  };
}[keyof O['responses'] & Success];

// `{ path: { id } }` only where the operation has such parameters, and optional where all of them are.
type Part<Name extends string, T> = [T] extends [never]
  ? unknown
  : object extends T
    ? Partial<Record<Name, Lenient<T>>>
    : Record<Name, Lenient<T>>;

/** An optional member may be handed over as undefined. */
type Lenient<T> = { [Name in keyof T]: T[Name] | (object extends Pick<T, Name> ? undefined : never) };

export type ContractCall<O extends Operation> = Part<'path', PathOf<O>> &
  Part<'query', QueryOf<O>> &
  Part<'headers', HeadersOf<O>> &
  ([BodyOf<O>] extends [undefined] ? unknown : { body: BodyOf<O> });

/** One operation of a client. `Extra` is what the transport wants to know beside the contract's parts. */
export interface ContractFunction<O extends Operation, Extra> {
  (call: ContractCall<O> & Extra): Promise<ContractReply<O>>;
  /** For the compiler alone: the operation's type, so that others can infer it. */
  readonly contract?: O;
}

export type ContractClient<Operations, Extra> = {
  [Id in keyof Operations]: Operations[Id] extends Operation ? ContractFunction<Operations[Id], Extra> : never;
};

interface LooseCall {
  path?: Record<string, string | number>;
  query?: Record<string, string | number | boolean | string[] | undefined>;
  headers?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
}

/** Builds the client; `exchange` sends one request and gives its 2xx answer, or throws. */
export function createContractClient<Operations, Extra>(
  document: Document,
  exchange: (request: HttpRequest, extra: Extra) => Promise<HttpAnswer>,
): ContractClient<Operations, Extra> {
  const operations = listOperations(document).map((entry) => [
    entry.id,
    async (call: LooseCall & Extra) => replyOf(await exchange(requestOf(entry, call), call)),
  ]);
  return Object.fromEntries(operations) as ContractClient<Operations, Extra>;
}

function requestOf(entry: OperationEntry, { path = {}, query = {}, headers = {}, body }: LooseCall): HttpRequest {
  const pathname = entry.path.replace(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(String(path[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    // That there are no items is said by leaving the parameter out.
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    search.set(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  const sent = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  return {
    operationId: entry.id,
    method: entry.method.toUpperCase(),
    target: search.size > 0 ? `${pathname}?${search.toString()}` : pathname,
    headers: { ...Object.fromEntries(sent), ...(body !== undefined && { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  };
}

function replyOf({ status, headers, bytes }: HttpAnswer) {
  const raw = bytes.length > 0 ? new RawJson<unknown>(bytes) : undefined;
  let parsed: unknown;
  return {
    status,
    raw,
    get body() {
      return (parsed ??= raw?.parse());
    },
    ...(typeof headers['etag'] === 'string' && { etag: headers['etag'] }),
    headers: passedOn(headers),
  };
}

/** What an answer says beside its body: whether it is a repeated one, and of a file, what it is. */
function passedOn(headers: HttpAnswer['headers']): Record<string, string> {
  const names = ['Idempotency-Replayed', 'Content-Type', 'Content-Disposition', 'Repr-Digest'];
  const told = names.map((name) => [name, headers[name.toLowerCase()]] as const);
  const isSaid = (entry: (typeof told)[number]): entry is readonly [string, string] =>
    typeof entry[1] === 'string' && !entry[1].startsWith('application/json');
  return Object.fromEntries(told.filter(isSaid));
}
