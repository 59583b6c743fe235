import type { Authenticator, Authenticators } from './authenticate.ts';
import { bearerToken } from './bearer.ts';
import type { Caller, CallerKind } from './caller.ts';
import { assertCallable, callersOf } from './callers.ts';
import { loadDocument } from './document.ts';
import { Problem } from './problem.ts';
import { createServiceTokenVerifier } from './service-token.ts';
import type { TrustedIssuers } from './service-token.ts';

/**
 * The authenticators of a domain service's three schemes: `member`, `staff` and `service`, each of which lets in whom the
 * contract names.
 * @throws when an operation has nobody to call it
 */
export async function createServiceSecurity(
  audience: string,
  trusted: TrustedIssuers,
  document = loadDocument(audience),
): Promise<Authenticators<Caller>> {
  assertCallable(document, Object.keys(trusted));
  const verify = await createServiceTokenVerifier(audience, trusted);

  function accept(kind: CallerKind): Authenticator<Caller> {
    return async (request, entry) => {
      const token = bearerToken(request);
      if (token === undefined) return undefined;
      const caller = await verify(token);
      if (caller.kind !== kind) throw new Problem('forbidden', `This operation is not for a ${caller.kind} token.`);
      if (!callersOf(document, entry, kind).includes(caller.service))
        throw new Problem('forbidden', `This operation takes no ${kind} token of ${caller.service}.`);
      return caller;
    };
  }
  return { member: accept('member'), staff: accept('staff'), service: accept('service') };
}
