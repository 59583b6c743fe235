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
    apiSpec: structuredClone(document) as unknown as OpenAPIV3.DocumentV3_1,
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
