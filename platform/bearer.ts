import type { Request } from 'express';

/** The token of an `Authorization: Bearer …` header (RFC 6750, section 2.1); undefined when there is none of that form. */
export function bearerToken(request: Request): string | undefined {
  return /^Bearer ([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1];
}
