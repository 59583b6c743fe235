import type { RequestHandler } from 'express';
import { middleware } from 'express-openapi-validator';
import type { OpenAPIV3 } from 'express-openapi-validator/dist/framework/types.js';
import type { Document } from './document.ts';

/**
 * Request validation by the contract, and validation of our own answers where `validateResponses` is set (development
 * and tests; it costs as much again). Security is not the validator's business here: see authenticate.ts.
 */
export function createValidator(document: Document, validateResponses: boolean): RequestHandler[] {
  return middleware({
    apiSpec: allowReserved(structuredClone(document)) as unknown as OpenAPIV3.DocumentV3_1,
    $refParser: { mode: 'dereference' },
    validateSecurity: false,
    validateRequests: { allErrors: true, coerceTypes: false, allowUnknownQueryParameters: false },
    validateResponses: validateResponses && { removeAdditional: false, coerceTypes: false },
    // The fast formats take 2020-02-30 for a date.
    ajvFormats: { mode: 'full' },
    // Parsing uploads would hold them in memory; no operation takes one.
    fileUploader: false,
  });
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
