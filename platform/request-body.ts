import express from 'express';
import type { Request, RequestHandler } from 'express';
import { Problem } from './problem.ts';

const rawBodies = new WeakMap<object, Buffer>();
const maxBytes = 256 * 1024;
const maxDepth = 24;

/** The bytes of the body as they arrived; empty when there was none. */
export function rawBodyOf(request: Request): Buffer {
  return rawBodies.get(request) ?? Buffer.alloc(0);
}

/**
 * Reads a JSON body of at most 256 KiB. Comes before the contract's validator, which compiles and keeps one validator
 * for each spelling of Content-Type that it meets: so here the header is brought to one spelling, or refused.
 */
export const readJsonBody: RequestHandler[] = [
  (request, _response, next) => {
    const contentType = request.headers['content-type'];
    if (contentType !== undefined) {
      if (!/^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(contentType.trim())) {
        throw new Problem('unsupported_media_type', 'Send application/json in UTF-8.');
      }
      request.headers['content-type'] = 'application/json';
    } else if (
      Number(request.headers['content-length'] ?? 0) > 0 ||
      request.headers['transfer-encoding'] !== undefined
    ) {
      throw new Problem('unsupported_media_type', 'The body has no Content-Type; send application/json.');
    }
    next();
  },
  express.json({
    limit: maxBytes,
    strict: false,
    verify: (request, _response, bytes) => rawBodies.set(request, bytes),
  }),
];

/** Refuses text that PostgreSQL cannot store or that is not Unicode (NUL, lone surrogates), and deep nesting. */
export const refuseUnstorableText: RequestHandler = (request, _response, next) => {
  assertStorable(request.params, 'path');
  assertStorable(request.query, 'query');
  assertStorable(request.body, 'body');
  next();
};

/** The same of any JSON that somebody else sent. @throws malformed_body */
export function assertStorable(value: unknown, place: string, depth = 0): void {
  if (typeof value === 'string') {
    if (value.includes('\0') || !value.isWellFormed()) {
      throw new Problem('malformed_body', `The ${place} holds NUL or a lone surrogate, which cannot be stored.`);
    }
  } else if (typeof value === 'object' && value !== null) {
    if (depth > maxDepth)
      throw new Problem('malformed_body', `The ${place} nests deeper than ${String(maxDepth)} levels.`);
    for (const [name, member] of Object.entries(value)) {
      assertStorable(name, place, depth);
      assertStorable(member, place, depth + 1);
    }
  }
}
