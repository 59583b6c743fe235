import type { RequestHandler } from 'express';
import { middleware } from 'express-openapi-validator';
import type {
  OpenApiRequest,
  OpenApiRequestHandler,
  OpenApiRequestMetadata,
  OpenAPIV3,
} from 'express-openapi-validator/dist/framework/types.js';
import type { Document } from './document.ts';
import { isDate, isTimestamp } from './timestamp.ts';

/**
 * Request validation by the contract, and validation of our own answers where `validateResponses` is set (development
 * and tests; it costs as much again). Security is not the validator's business here: see authenticate.ts.
 */
export function createValidator(document: Document, validateResponses: boolean): OpenApiRequestHandler[] {
  return middleware({
    apiSpec: withoutProblems(allowReserved(structuredClone(document))) as unknown as OpenAPIV3.DocumentV3_1,
    $refParser: { mode: 'dereference' },
    validateSecurity: false,
    validateRequests: { allErrors: true, coerceTypes: false, allowUnknownQueryParameters: false },
    validateResponses: validateResponses && { removeAdditional: false, coerceTypes: false },
    ajvFormats: { mode: 'full' },
    formats: { date: isDate, 'date-time': isTimestamp },
    // Parsing uploads would hold them in memory; no operation takes one.
    fileUploader: false,
  });
}

/**
 * The validator for the route of one path of the document. By itself it finds the operation of each request by
 * compiling the patterns of all paths in turn; Express has found the route before, so here what it found once for a
 * method stands.
 */
export function validateRoute(validator: OpenApiRequestHandler[], path: string): RequestHandler[] {
  return validator.map((step) =>
    step.name === 'metadataMiddleware' ? findOnce(step, path) : step,
  ) as RequestHandler[];
}

function findOnce(find: OpenApiRequestHandler, path: string): OpenApiRequestHandler {
  const found = new Map<string, OpenApiRequestMetadata>();
  return (request: OpenApiRequest, response, next) => {
    const known = found.get(request.method);
    if (known) {
      request.openapi = { ...known, pathParams: { ...(request.params as Record<string, string>) } };
      next();
      return;
    }
    void find(request, response, (error: unknown) => {
      if (error === undefined && request.openapi?.openApiRoute === path) found.set(request.method, request.openapi);
      next(error);
    });
  };
}

/**
 * Lets query parameters hold what RFC 3986 (section 3.4) allows there unescaped, such as `?from=2026-11-22T09:30:00Z` and
 * `?returnTo=/docs`; without it the validator wants them percent-encoded. Changes the document it is given.
 */
function allowReserved<T>(part: T): T {
  if (typeof part !== 'object' || part === null) return part;
  if ('in' in part && part.in === 'query' && 'schema' in part) Object.assign(part, { allowReserved: true });
  Object.values(part).forEach(allowReserved);
  return part;
}

/**
 * Leaves out the answers that no handler writes: problems come from one place, and compiling what they look like for every
 * operation took most of the time of its first request. Changes the document it is given.
 */
function withoutProblems(document: Document): Document {
  for (const item of Object.values(document.paths)) {
    for (const operation of Object.values(item as Record<string, { responses?: Record<string, unknown> }>)) {
      const problems = Object.keys(operation.responses ?? {}).filter((status) => !/^[23]/.test(status));
      for (const status of problems) delete operation.responses?.[status];
    }
  }
  return document;
}
