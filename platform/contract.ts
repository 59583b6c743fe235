/** Types that tie handlers and clients to what openapi-typescript makes of a contract. No run-time code. */
import type { Request } from 'express';
import type { RawJson } from './raw-json.ts';

/** What openapi-typescript generates for one operation. */
export interface Operation {
  parameters: { query?: unknown; path?: unknown; header?: unknown };
  requestBody?: unknown;
  responses: object;
}

type Media<T> = NonNullable<T> extends { content: infer Content } ? Content[keyof Content] : undefined;
type Success = 200 | 201 | 202 | 204 | 207 | 302 | 303;

export type PathOf<O extends Operation> = NonNullable<O['parameters']['path']>;
export type QueryOf<O extends Operation> = NonNullable<O['parameters']['query']>;
export type HeadersOf<O extends Operation> = NonNullable<O['parameters']['header']>;
export type BodyOf<O extends Operation> = Media<O['requestBody']>;

interface ReplyOptions {
  /** The version of what is answered, in quotes; platform makes one from the body where it is missing. */
  etag?: string;
  headers?: Record<string, string>;
}

/** Status and body, checked together: only pairs that the contract lists compile. */
export type Reply<O extends Operation> = {
  [S in keyof O['responses'] & Success]: ReplyOptions &
    (Media<O['responses'][S]> extends undefined
      ? { status: S; body?: undefined }
      : { status: S; body: Media<O['responses'][S]> | RawJson<Media<O['responses'][S]>> });
}[keyof O['responses'] & Success];

/** What a handler is given: the validated parts of the request, and who calls. */
export interface Call<O extends Operation, Caller> {
  caller: Caller;
  path: PathOf<O>;
  query: QueryOf<O>;
  /** Names in lower case, as Node.js gives them: `headers['idempotency-key']`. */
  headers: Lowercased<HeadersOf<O>>;
  body: BodyOf<O>;
  /** The body as it arrived, for signatures. */
  rawBody: Buffer;
  /** Aborted when the caller goes away; when the time is over, only the calls to other services end. */
  signal: AbortSignal;
  request: Request;
}

type Lowercased<Headers> = { [Name in keyof Headers as Name extends string ? Lowercase<Name> : never]: Headers[Name] };

export type Handler<O extends Operation, Caller> = (call: Call<O, Caller>) => Promise<Reply<O>> | Reply<O>;

/** One handler for every operation of a document; a missing, misspelt or wrongly typed one does not compile. */
export type Handlers<Operations, Caller> = {
  [Id in keyof Operations]: Operations[Id] extends Operation ? Handler<Operations[Id], Caller> : never;
};
