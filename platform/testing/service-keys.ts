import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { JWK } from 'jose';

/** The two halves of a process's key for service tokens. */
export interface ServiceKey {
  /** For `SERVICE_TOKEN_KEY` of the process itself: an Ed25519 JWK (RFC 8037) with a `kid`. */
  privateKey: JWK;
  /** For `SERVICE_TOKEN_TRUST` of those that it calls. */
  publicKey: JWK;
}

/** Makes a new key pair. */
export function generateServiceKey(): ServiceKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const names = { kid: randomUUID(), alg: 'EdDSA', use: 'sig' };
  return {
    privateKey: { ...privateKey.export({ format: 'jwk' }), ...names },
    publicKey: { ...publicKey.export({ format: 'jwk' }), ...names },
  };
}

/** Key pairs for several processes, with what `SERVICE_TOKEN_TRUST` must hold to trust all of them. */
export function generateServiceKeys(issuers: readonly string[]): {
  keys: Record<string, ServiceKey>;
  trust: Record<string, JWK>;
} {
  const keys = Object.fromEntries(issuers.map((issuer) => [issuer, generateServiceKey()]));
  const trust = Object.fromEntries(Object.entries(keys).map(([issuer, key]) => [issuer, key.publicKey]));
  return { keys, trust };
}
