import type { Authenticators } from './authenticate.ts';
import { bearerToken } from './bearer.ts';
import type { Caller, CallerKind } from './caller.ts';
import { Problem } from './problem.ts';
import { createServiceTokenVerifier } from './service-token.ts';
import type { TrustedIssuers } from './service-token.ts';

/** The authenticators of a domain service's three schemes: `member`, `staff` and `service`. */
export async function createServiceSecurity(
  audience: string,
  trusted: TrustedIssuers,
): Promise<Authenticators<Caller>> {
  const verify = await createServiceTokenVerifier(audience, trusted);

  function accept(kind: CallerKind) {
    return async (request: Parameters<typeof bearerToken>[0]) => {
      const token = bearerToken(request);
      if (token === undefined) return undefined;
      const caller = await verify(token);
      if (caller.kind !== kind) throw new Problem('forbidden', `This operation is not for a ${caller.kind} token.`);
      return caller;
    };
  }
  return { member: accept('member'), staff: accept('staff'), service: accept('service') };
}
