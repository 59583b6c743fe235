import type { Document, OperationEntry } from '#platform/document';
import { listOperations, loadDocument } from '#platform/document';
import { schemaFaults } from './schema-faults.ts';
import type { Schema } from './schema-faults.ts';
import { assert } from './steps.ts';
import type { Wire } from './suite.ts';

export const contract: Document = loadDocument('flagship-provider');

export interface WireAnswer {
  status: number;
  contentType: string;
  body: unknown;
}
export interface WireRequest {
  path?: Record<string, string>;
  query?: Record<string, string>;
  token?: string;
  body?: unknown;
}

/** Operations that are paths of the contract, but for the token endpoint, which takes a form. */
export function jsonOperations(): OperationEntry[] {
  return listOperations(contract).filter(({ id }) => id !== 'createToken');
}

/** One request as it is, and its answer against the contract. */
export async function call({ url }: Wire, operationId: string, request: WireRequest = {}): Promise<WireAnswer> {
  const entry = jsonOperations().find(({ id }) => id === operationId);
  assert(entry !== undefined, `the contract has no ${operationId}`);
  const target = entry.path.replace(/\{(\w+)\}/g, (_match, name: string) => request.path?.[name] ?? 'unknown');
  const response = await fetch(`${url}${target}?${new URLSearchParams(request.query).toString()}`, {
    method: entry.method.toUpperCase(),
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
    headers: {
      ...(request.token !== undefined && { authorization: `Bearer ${request.token}` }),
      ...(request.body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
  });
  const answer = await answerOf(response);
  if (response.ok) assertFits(entry, answer);
  return answer;
}

export async function requestToken(wire: Wire, form: Record<string, string>, secret = wire.clientSecret) {
  const credentials = Buffer.from(`${wire.clientId}:${secret}`).toString('base64');
  return answerOf(
    await fetch(`${wire.url}/oauth/token`, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams(form),
    }),
  );
}

export async function clientToken(wire: Wire): Promise<string> {
  const { status, body } = await requestToken(wire, { grant_type: 'client_credentials' });
  const token = (body as { access_token?: unknown } | undefined)?.access_token;
  assert(status === 200 && typeof token === 'string', `the token endpoint answers ${String(status)}`);
  return token;
}

/** @throws when it is not this refusal, as RFC 9457 has it */
export function assertProblem(
  { status, contentType, body }: WireAnswer,
  wanted: number | number[],
  what: string,
): void {
  const statuses = [wanted].flat();
  assert(statuses.includes(status), `${what} answers ${String(status)} and not ${statuses.join(' or ')}`);
  assert(contentType.startsWith('application/problem+json'), `${what} is refused as ${contentType}`);
  const { code, title, status: told } = (body ?? {}) as Record<string, unknown>;
  assert(typeof code === 'string' && typeof title === 'string' && told === status, `${what} is refused without a code`);
}

export function schemaOf(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** @throws with every place where it does not fit */
export function assertSchema(schema: Schema, value: unknown, what: string): void {
  const faults = schemaFaults(contract, schema, value);
  assert(faults.length === 0, `${what} does not fit the contract: ${faults.slice(0, 5).join('; ')}`);
}

function assertFits({ id, operation }: OperationEntry, { status, body }: WireAnswer): void {
  const { responses } = operation as unknown as {
    responses: Record<string, { content?: Record<string, { schema?: Schema }> }>;
  };
  const told = responses[String(status)];
  assert(told !== undefined, `${id} answers ${String(status)}, which is not in the contract`);
  const schema = told.content?.['application/json']?.schema;
  if (schema) assertSchema(schema, body, id);
}

async function answerOf(response: Response): Promise<WireAnswer> {
  const text = await response.text();
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    body: text === '' ? undefined : (JSON.parse(text) as unknown),
  };
}
