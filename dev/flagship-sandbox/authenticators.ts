import type { Request } from 'express';
import type { Authenticators } from '#platform/authenticate';
import { bearerToken } from '#platform/bearer';
import { Problem } from '#platform/problem';
import { findActiveConsent } from './consents.ts';
import type { ConsentRecord } from './records.ts';
import type { Sandbox } from './sandbox.ts';

/** Who calls the provider: the client, and for account information the consent it reads under. */
export interface ProviderCaller {
  readonly consent: ConsentRecord;
}

export function createAuthenticators(sandbox: Sandbox): Authenticators<ProviderCaller> {
  function tokenOf(request: Request, kind: 'client' | 'access') {
    const bearer = bearerToken(request);
    if (bearer === undefined) return undefined;
    const token = sandbox.store.get('token', bearer);
    if (token?.kind !== kind || token.expiresAt <= sandbox.clock.now()) throw new Problem('unauthenticated');
    return token;
  }
  return {
    clientToken: (request) => tokenOf(request, 'client') && clientCaller,
    consentToken: (request) => {
      const token = tokenOf(request, 'access');
      return token && { consent: findActiveConsent(sandbox, token.consentId ?? '') };
    },
  };
}

const clientCaller: ProviderCaller = {
  get consent(): never {
    throw new Problem('forbidden');
  },
};
