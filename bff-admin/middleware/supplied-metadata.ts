import { createPublicKey } from 'node:crypto';
import type { IdentityProvider, Metadata, SigningKey } from './identity-provider.ts';

/** What passport-azure-ad takes for its own Metadata: always what the supplier knows at that moment. */
export function suppliedMetadata(provider: IdentityProvider) {
  return {
    fetch(callback: (error?: Error) => void): void {
      callback();
    },
    get oidc() {
      const known = provider.lastKnown();
      return known && { ...libraryNames(known), algorithms: ['RS256'] };
    },
    generateOidcPEM(kid: string): string {
      const key = provider.lastKnown()?.keys.find((candidate) => candidate.kid === kid);
      if (!key) throw new Error('a key with this id is not known');
      return publicKeyPem(key);
    },
  };
}

function publicKeyPem({ n, e }: SigningKey): string {
  return createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString();
}

function libraryNames({ issuer, authorizationEndpoint, tokenEndpoint, keys }: Metadata) {
  return { issuer, authorization_endpoint: authorizationEndpoint, token_endpoint: tokenEndpoint, keys };
}
