import { createLogger } from '../logger.ts';
import { createService } from '../service.ts';
import type { ServiceOptions } from '../service.ts';
import { bearerToken } from '../bearer.ts';
import type { ProcessSettings } from '../process-settings.ts';

const answer = {
  description: 'The same again.',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: ['text'],
        properties: { text: { type: 'string' }, from: { type: 'string' } },
        additionalProperties: false,
      },
    },
  },
};
const problem = { description: 'A problem.', content: { 'application/problem+json': { schema: { type: 'object' } } } };

/** A contract small enough to test the frame alone. */
export const echoDocument = {
  openapi: '3.1.0',
  info: { title: 'Echo', version: '1.0.0' },
  security: [{ user: [] }],
  paths: {
    '/v1/echoes': {
      post: {
        operationId: 'createEcho',
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['text'],
                properties: {
                  text: { type: 'string', minLength: 1, maxLength: 100 },
                  count: { type: 'integer', minimum: 0, maximum: 1_000_000_000_000 },
                  on: { type: 'string', format: 'date-time' },
                },
                additionalProperties: false,
              },
            },
          },
        },
        responses: { 201: answer, default: problem },
      },
    },
    '/v1/echoes/{echoId}': {
      get: {
        operationId: 'getEcho',
        parameters: [
          { name: 'echoId', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
          { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
        ],
        responses: { 200: answer, default: problem },
      },
    },
    '/v1/open': { get: { operationId: 'getOpen', security: [], responses: { 200: answer, default: problem } } },
  },
  components: { securitySchemes: { user: { type: 'http', scheme: 'bearer' } } },
};

export interface EchoOperations {
  createEcho: EchoOperation<{ 201: Json<Echo> }, { content: { 'application/json': { text: string } } }>;
  getEcho: EchoOperation<{ 200: Json<Echo> }> & {
    parameters: { path: { echoId: string }; query?: { limit?: number } };
  };
  getOpen: EchoOperation<{ 200: Json<Echo> }>;
}
interface EchoOperation<Responses, Body = undefined> {
  parameters: { query?: unknown; path?: unknown; header?: unknown };
  requestBody?: Body;
  responses: Responses;
}
interface Json<T> {
  headers: Record<string, unknown>;
  content: { 'application/json': T };
}
interface Echo {
  text: string;
  from?: string;
}

export const settings: ProcessSettings = {
  port: 0,
  metricsPort: 0,
  logLevel: 'silent',
  docsUrl: 'https://docs.example',
  validateResponses: true,
  drainMs: 0,
  trustedProxies: ['loopback'],
};

type EchoOptions = ServiceOptions<EchoOperations, string>;

/** A process that repeats what it is told; `overrides` change any part of it. */
export function createEchoService(overrides: Partial<EchoOptions> = {}) {
  return createService<EchoOperations, string>({
    name: 'echo',
    settings,
    document: echoDocument,
    log: createLogger({ name: 'echo', level: 'silent' }),
    authenticators: { user: bearerToken },
    open: ['getOpen'],
    etagSalt: (caller) => caller,
    handlers: {
      createEcho: ({ body, caller }) => ({ status: 201, body: { text: body.text, from: caller } }),
      getEcho: ({ path, query }) => ({ status: 200, body: { text: `${path.echoId} ${String(query.limit)}` } }),
      getOpen: () => ({ status: 200, body: { text: 'open' } }),
    },
    ...overrides,
  });
}
