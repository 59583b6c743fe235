/** Variables that hold keys of tokens: Ed25519, as JSON Web Keys (RFC 8037). */
import type { JWK } from 'jose';
import { json } from './env.ts';
import type { TrustedIssuers } from './service-token.ts';

/** A private key with its `kid`, as one JWK. */
export const privateKey = () => json(readPrivateKey);

/** One or more private keys, as a list of JWKs; the first one signs. */
export const privateKeys = () =>
  json((value) => {
    if (!Array.isArray(value) || value.length === 0) throw new Error('must be a list of private Ed25519 JWKs');
    return value.map(readPrivateKey);
  });

/** One or more public keys, as a list of JWKs with a `kid` each. */
export const publicKeys = () =>
  json((value): JWK[] => {
    const keys = Array.isArray(value) ? (value as unknown[]) : [];
    if (keys.length === 0 || !keys.every((key) => isPublicKey(key) && (key as JWK).kid !== undefined)) {
      throw new Error('must be a list of public Ed25519 JWKs with a kid');
    }
    return keys as JWK[];
  });

/** The public keys of those who may call: `{"bff-mobile": JWK}`, or a list of JWKs while a key is replaced. */
export const trustedIssuers = () =>
  json((value): TrustedIssuers => {
    if (typeof value !== 'object' || value === null || !Object.values(value).flat().every(isPublicKey)) {
      throw new Error('must be an object of public Ed25519 JWKs, or lists of them, by issuer');
    }
    return value as TrustedIssuers;
  });

function readPrivateKey(value: unknown): JWK {
  const key = value as JWK | null;
  if (key?.kty !== 'OKP' || key.d === undefined || key.kid === undefined) {
    throw new Error('must be a private Ed25519 JWK with a kid');
  }
  return key;
}

function isPublicKey(value: unknown): boolean {
  const key = value as JWK | null;
  return key?.kty === 'OKP' && key.d === undefined;
}
