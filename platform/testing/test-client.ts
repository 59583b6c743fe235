import supertest from 'supertest';
import type { Response } from 'supertest';
import type { BodyOf, HeadersOf, Operation, PathOf, QueryOf } from '../contract.ts';
import { listOperations } from '../document.ts';
import type { Document, OperationEntry } from '../document.ts';

type App = Parameters<typeof supertest>[0];
// `never` is what the contract's types say where an operation has no such part.
type Needed<Name extends string, T> = [T] extends [never]
  ? unknown
  : Partial<T> extends T
    ? Partial<Record<Name, T>>
    : Record<Name, T>;

/** What a test sends; the contract says which parts are needed. Credentials are the client's own `As`. */
type Request<O extends Operation, As> = { as?: As } & Needed<'path', PathOf<O>> &
  Needed<'query', QueryOf<O>> &
  Partial<Record<'headers', Partial<HeadersOf<O>> & Record<string, unknown>>> &
  (BodyOf<O> extends undefined ? { body?: undefined } : { body: BodyOf<O> });

type Content<T> = T extends { content: infer Types } ? Types[keyof Types] : undefined;

/** An answer with the status that was expected, and the body that the contract gives that status. */
interface Answer<O extends Operation, Status extends keyof O['responses']> {
  status: Status;
  body: Content<O['responses'][Status]>;
  headers: Record<string, string>;
}

/** A request under way: await it for the plain answer, or `expect` a status to get that status's body, typed. */
export interface Exchange<O extends Operation> extends Promise<Response> {
  expect<Status extends keyof O['responses'] & number>(status: Status): Promise<Answer<O, Status>>;
}

/** One method for each operation of a contract. */
export type TestClient<Operations, As> = {
  [Id in keyof Operations]: Operations[Id] extends Operation
    ? (request: Request<Operations[Id], As>) => Exchange<Operations[Id]>
    : never;
};

/** Everything a test may send, also what the contract forbids. */
export interface AnyRequest {
  as?: unknown;
  path?: object;
  query?: object;
  headers?: object;
  body?: unknown;
}

/**
 * A client of an app under test. `credentials` turns what a test gives as `as` into headers of a request to `entry`, for example
 * `{ authorization: 'Bearer …' }`.
 */
export function createTestClient<Operations, As>(
  app: App,
  document: Document,
  credentials: (as: As, entry: OperationEntry) => Promise<Record<string, string>> | Record<string, string>,
): TestClient<Operations, As> {
  const calls = listOperations(document).map((entry) => [
    entry.id,
    (request: AnyRequest) => exchange(send(app, entry, request, credentials as never)),
  ]);
  return Object.fromEntries(calls) as TestClient<Operations, As>;
}

async function send(
  app: App,
  entry: OperationEntry,
  { as, path = {}, query = {}, headers = {}, body }: AnyRequest,
  credentials: (as: unknown, entry: OperationEntry) => Promise<Record<string, string>>,
): Promise<Response> {
  const values = path as Record<string, unknown>;
  const url = entry.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
  const signedIn = as === undefined ? {} : await credentials(as, entry);
  const request = supertest(app)[entry.method](url).query(query).set({ ...signedIn, ...headers }); // prettier-ignore
  return body === undefined ? request : request.send(body as object);
}

function exchange(sent: Promise<Response>): Promise<Response> {
  const here = new Error('unexpected status');
  return Object.assign(sent, {
    async expect(status: number) {
      const response = await sent;
      if (response.status === status) return response;
      here.message = `expected status ${String(status)}, got ${String(response.status)}: ${response.text}`;
      throw here;
    },
  });
}
