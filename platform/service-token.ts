/**
 * Service tokens: short-lived JWTs (RFC 7519) signed with Ed25519 (RFC 8037) by which one CLYNC process proves to
 * another who it is and for whom it acts. `iss` and `aud` are process names; `sub` is the person, `act.sub` the member
 * of staff (RFC 8693); neither means the service itself.
 */
import { importJWK, jwtVerify, SignJWT } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { LRUCache } from 'lru-cache';
import { Caller } from './caller.ts';
import type { CallerKind } from './caller.ts';
import { Problem } from './problem.ts';

const lifetimeSeconds = 60;
const reuseSeconds = 40;
const clockToleranceSeconds = 60;

/** For whom a call to another service is made. */
export type ActsFor = { userId: string } | { staffId: string } | { service: true };

export interface ServiceTokenIssuer {
  /** A token for one audience; the same one again while it has at least 20 s to live. */
  issue(audience: string, actsFor: ActsFor): Promise<string>;
}

/** Makes the tokens of one process. `key` is its private Ed25519 JWK, with a `kid`. */
export async function createServiceTokenIssuer(issuer: string, key: JWK): Promise<ServiceTokenIssuer> {
  const privateKey = await importJWK(key, 'EdDSA');
  const kept = new LRUCache<string, Promise<string>>({ max: 10_000, ttl: reuseSeconds * 1000 });

  function sign(audience: string, actsFor: ActsFor): Promise<string> {
    const token = new SignJWT('staffId' in actsFor ? { act: { sub: actsFor.staffId } } : {})
      .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', ...(key.kid !== undefined && { kid: key.kid }) })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${String(lifetimeSeconds)}s`);
    if ('userId' in actsFor) token.setSubject(actsFor.userId);
    return token.sign(privateKey);
  }

  return {
    issue(audience, actsFor) {
      const cacheKey = `${audience} ${JSON.stringify(actsFor)}`;
      const held = kept.get(cacheKey);
      if (held) return held;
      const token = sign(audience, actsFor);
      kept.set(cacheKey, token);
      return token;
    },
  };
}

/** The public keys that a process trusts, by issuer name: one each, or two while the issuer's key is replaced. */
export type TrustedIssuers = Record<string, JWK | JWK[]>;

interface TrustedKey {
  kid: string | undefined;
  key: CryptoKey | Uint8Array;
}

/**
 * Checks tokens made for `audience`. A checked token is remembered until it expires, since a busy caller sends the same
 * one many times.
 * @returns a function from the token to its caller; it throws `unauthenticated` for anything it does not trust.
 */
export async function createServiceTokenVerifier(audience: string, trusted: TrustedIssuers) {
  const keys = new Map(
    await Promise.all(
      Object.entries(trusted).map(
        async ([issuer, keyOrKeys]) => [issuer, await Promise.all([keyOrKeys].flat().map(importPublicKey))] as const,
      ),
    ),
  );
  const checked = new LRUCache<string, Caller>({ max: 10_000 });

  return async function verify(token: string): Promise<Caller> {
    const known = checked.get(token);
    if (known) return known;
    try {
      const { payload } = await jwtVerify(
        token,
        ({ kid }, jws) => keyOf(keys, Buffer.from(jws.payload).toString(), kid),
        {
          audience,
          algorithms: ['EdDSA'],
          clockTolerance: clockToleranceSeconds,
          requiredClaims: ['iss', 'exp', 'iat'],
        },
      );
      const caller = callerOf(payload.iss ?? '', payload.sub, payload['act']);
      const ttl = ((payload.exp ?? 0) + clockToleranceSeconds) * 1000 - Date.now();
      checked.set(token, caller, { ttl: Math.max(1, ttl) });
      return caller;
    } catch (cause) {
      throw new Problem('unauthenticated', 'The service token is not valid.', { cause });
    }
  };
}

async function importPublicKey(jwk: JWK): Promise<TrustedKey> {
  if (jwk.d !== undefined) throw new Error('SERVICE_TOKEN_TRUST must hold public keys only');
  return { kid: jwk.kid, key: await importJWK(jwk, 'EdDSA') };
}

/** The issuer's key of that name; the only one where there is no choice. */
function keyOf(keys: Map<string, TrustedKey[]>, payload: string, kid: string | undefined) {
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iss?: string };
  const ofIssuer = keys.get(claims.iss ?? '') ?? [];
  const trusted = ofIssuer.length === 1 ? ofIssuer[0] : ofIssuer.find((candidate) => candidate.kid === kid);
  if (!trusted) throw new Error('the issuer is not trusted, or not with this key');
  return trusted.key;
}

function callerOf(service: string, sub: string | undefined, act: unknown): Caller {
  const staffId = typeof act === 'object' && act !== null && 'sub' in act ? String(act.sub) : undefined;
  if (sub !== undefined && staffId !== undefined) throw new Error('a token acts for a person or for staff, not both');
  const kind: CallerKind = staffId !== undefined ? 'staff' : sub !== undefined ? 'member' : 'service';
  return new Caller(service, kind, staffId ?? sub);
}
