import type { Authenticator } from '#platform/authenticate';
import { createServiceSecurity } from '#platform/service-security';
import type { TrustedIssuers } from '#platform/service-token';
import type { StaffCaller } from '../helpers/staff-caller.ts';

/**
 * Lets a process of ours in where the contract says `service` and names it. It is nobody of staff: without a role, every
 * operation that wants one stays closed to it.
 */
export async function createServiceAuthenticator(
  audience: string,
  trust: TrustedIssuers,
): Promise<Authenticator<StaffCaller>> {
  const { service: authenticate } = await createServiceSecurity(audience, trust);
  return async (request, entry) => {
    const caller = await authenticate?.(request, entry);
    if (caller === undefined) return undefined;
    const { service } = caller;
    return { oid: service, tid: '', name: service, roles: [], appId: service, isPerson: false, csrfToken: null };
  };
}
