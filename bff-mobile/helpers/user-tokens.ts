/**
 * What the phone carries: access tokens (JWT, EdDSA, 10 minutes) and step-up tokens (5 minutes, for one session). The
 * algorithm and the audience are fixed in code, so that a token of one kind never passes for the other.
 */
import { createLocalJWKSet, importJWK, jwtVerify, SignJWT } from 'jose';
import type { JSONWebKeySet, JWK } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Clock } from '#platform/clock';
import { accessTokenInvalid } from '../errors.ts';

const accessSeconds = 600;
const stepUpSeconds = 300;
const clockToleranceSeconds = 60;

/** Who an access token was made for, and in which session. */
export interface Session {
  userId: string;
  sessionId: string;
}

export interface UserTokens {
  /** An access token and the seconds it lives. */
  issueAccess(session: Session): Promise<{ token: string; expiresIn: number }>;
  /** @throws unauthenticated for anything but a living access token of ours. */
  verifyAccess(token: string): Promise<Session>;
  issueStepUp(session: Session): Promise<{ token: string; expiresIn: number }>;
  /** Whether the token proves a step-up of this very session. */
  isStepUp(token: string | undefined, session: Session): Promise<boolean>;
  /** The public keys, for `/.well-known/jwks.json`. */
  keySet: JSONWebKeySet;
}

/** `keys` are private Ed25519 JWKs with a `kid`; the first one signs. */
export async function createUserTokens(keys: JWK[], issuer: string, clock: Clock): Promise<UserTokens> {
  const [signing] = keys;
  if (!signing) throw new Error('there must be a key to sign with');
  const privateKey = await importJWK(signing, 'EdDSA');
  const keySet = { keys: keys.map(({ d: _d, ...publicKey }) => ({ ...publicKey, alg: 'EdDSA', use: 'sig' })) };
  const findKey = createLocalJWKSet(keySet);
  const verified = new LRUCache<string, Session & { expiresAt: number }>({ max: 50_000 });

  async function issue(session: Session, audience: string, seconds: number) {
    const now = Math.floor(clock.now().getTime() / 1000);
    const token = await new SignJWT({ sid: session.sessionId })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: signing?.kid ?? '' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(session.userId)
      .setIssuedAt(now)
      .setExpirationTime(now + seconds)
      .sign(privateKey);
    return { token, expiresIn: seconds };
  }

  async function verify(token: string, audience: string): Promise<Session & { expiresAt: number }> {
    const { payload } = await jwtVerify(token, findKey, {
      issuer,
      audience,
      algorithms: ['EdDSA'],
      clockTolerance: clockToleranceSeconds,
      currentDate: clock.now(),
      requiredClaims: ['sub', 'sid', 'exp'],
    });
    const expiresAt = ((payload.exp ?? 0) + clockToleranceSeconds) * 1000;
    return { userId: payload.sub ?? '', sessionId: String(payload['sid']), expiresAt };
  }

  return {
    keySet,
    issueAccess: (session) => issue(session, 'clync-app', accessSeconds),
    issueStepUp: (session) => issue(session, 'clync-step-up', stepUpSeconds),
    async verifyAccess(token) {
      const known = verified.get(token);
      if (known && known.expiresAt > clock.now().getTime()) return known;
      const session = await verify(token, 'clync-app').catch((error: unknown) => {
        throw accessTokenInvalid(error);
      });
      verified.set(token, session);
      return session;
    },
    async isStepUp(token, session) {
      if (token === undefined) return false;
      const proved = await verify(token, 'clync-step-up').catch(() => undefined);
      return proved?.userId === session.userId && proved.sessionId === session.sessionId;
    },
  };
}
