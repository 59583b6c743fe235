import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { composeJson, RawJson } from './raw-json.ts';

interface LooseReply {
  status: number;
  body?: unknown;
  /** Set on replies of another service that are passed on unparsed. */
  raw?: RawJson<unknown>;
  etag?: string;
  headers?: Record<string, string>;
}

interface SendOptions {
  /** Made part of a computed ETag, so that one person's tag never serves another; undefined computes none. */
  etagSalt: string | undefined;
  /** Goes through `response.json`, where the validator checks the answer against the contract. */
  validate: boolean;
}

/** Writes a handler's reply: its headers, its ETag (304 when the caller holds it already), its body. */
export function sendReply(
  request: Request,
  response: Response,
  reply: LooseReply,
  { etagSalt, validate }: SendOptions,
): void {
  response.status(reply.status).set(reply.headers ?? {});
  const content = reply.raw ?? reply.body;
  if (content === undefined) {
    response.end();
    return;
  }
  // A page or a file is sent as it is: its handler says of which kind it is, and there is no JSON to check.
  if (response.get('Content-Type')?.startsWith('application/json') === false) {
    response.end(content instanceof RawJson ? content.bytes : content);
    return;
  }
  const json = composeJson(content);
  const etag =
    reply.etag ?? (request.method === 'GET' && etagSalt !== undefined ? `"${digest(etagSalt, json)}"` : undefined);
  if (etag !== undefined) {
    response.set('ETag', etag);
    if (request.method === 'GET' && holds(request.headers['if-none-match'], etag)) {
      response.status(304).end();
      return;
    }
  }
  if (validate) response.json(JSON.parse(json.toString()));
  else response.type('application/json').end(json);
}

/** A short digest for an ETag. */
export function digest(salt: string, content: string | Uint8Array): string {
  return createHash('sha1').update(salt).update('\0').update(content).digest('base64url');
}

/** Whether an `If-None-Match` header names the tag (weak comparison, RFC 9110, section 13.1.2). */
export function holds(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
