import type { Authenticator } from '#platform/authenticate';
import { bearerToken } from '#platform/bearer';
import { Problem } from '#platform/problem';
import { createServiceTokenVerifier } from '#platform/service-token';
import type { TrustedIssuers } from '#platform/service-token';
import type { StaffCaller } from '../helpers/staff-caller.ts';

/**
 * Lets a process of ours in where the contract says `service`. It is nobody of staff: without a role, every operation that
 * wants one stays closed to it.
 */
export async function createServiceAuthenticator(
  audience: string,
  trust: TrustedIssuers,
): Promise<Authenticator<StaffCaller>> {
  const verify = await createServiceTokenVerifier(audience, trust);
  return async (request) => {
    const token = bearerToken(request);
    if (token === undefined) return undefined;
    const { kind, service } = await verify(token);
    if (kind !== 'service') throw new Problem('forbidden', `This operation is not for a ${kind} token.`);
    return { oid: service, tid: '', name: service, roles: [], appId: service, isPerson: false, csrfToken: null };
  };
}
