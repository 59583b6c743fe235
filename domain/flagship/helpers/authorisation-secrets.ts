import { createHash, randomBytes } from 'node:crypto';

/** What one trip to the provider's page needs: a state, and a PKCE verifier with its S256 challenge (RFC 7636). */
export function createAuthorisationSecrets() {
  const verifier = randomBytes(32).toString('base64url');
  return { state: randomBytes(32).toString('base64url'), verifier, challenge: sha256(verifier) };
}

/** Only the hash of a state is kept. */
export function hashState(state: string): string {
  return sha256(state);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
