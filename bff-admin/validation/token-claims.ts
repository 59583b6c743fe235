import { unauthenticated } from '../errors.ts';
import { roles } from '../helpers/staff-caller.ts';
import type { Role, StaffCaller, StaffIdentity } from '../helpers/staff-caller.ts';

export type Claims = Record<string, unknown>;

interface Expected {
  issuer: string;
  tenantId: string;
  /** The portal's client id. */
  clientId: string;
  /** The clients that may hold an access token. */
  callers: string[];
  /** How long after its issue an access token is taken. */
  maxAgeMinutes: number;
  /** Whether an application that acts for itself counts as a person. */
  appsMayApprove: boolean;
  now: Date;
}

const skewSeconds = 60;
const apiScope = 'access_as_user';
const guid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/**
 * The identity in an access token whose signature is good, and the client that holds it. What passport-azure-ad leaves open
 * is checked here: skew of a minute, tenant, version, that it is an access token and no ID token, and whose it is.
 */
export function readAccessClaims(claims: Claims, expected: Expected): Omit<StaffCaller, 'csrfToken'> {
  const identity = readIdentity(claims, expected, [expected.clientId, `api://${expected.clientId}`]);
  const { azp, nonce, scp, iat } = claims;
  // Its roles are those of its issue: a role that was taken away is gone once the token is too old.
  if (Number(iat) < expected.now.getTime() / 1000 - expected.maxAgeMinutes * 60)
    throw refused('it was issued too long ago; ask Azure AD for a new one');
  // Both kinds have the same audience when an application is its own API; only an access token names its holder.
  if (nonce !== undefined || typeof azp !== 'string') throw refused('it is not an access token');
  if (!expected.callers.includes(azp)) throw refused('its client is not registered here');
  const isAppOnly = scp === undefined && claims['sub'] === identity.oid;
  const isDelegated = typeof scp === 'string' && scp.split(' ').includes(apiScope);
  if (!isAppOnly && !isDelegated) throw refused(`it lacks the scope ${apiScope}`);
  return { ...identity, appId: azp, isPerson: isDelegated || expected.appsMayApprove };
}

/** The identity in an ID token whose signature is good, and Azure AD's id of the session that it belongs to. */
export function readIdClaims(claims: Claims, expected: Expected): { identity: StaffIdentity; azureSid?: string } {
  const { sid } = claims;
  const identity = readIdentity(claims, expected, [expected.clientId]);
  return { identity, ...(typeof sid === 'string' && { azureSid: sid }) };
}

function readIdentity(claims: Claims, expected: Expected, audiences: string[]): StaffIdentity {
  const { oid, tid, name, azp } = claims;
  assertTimes(claims, expected.now);
  if (claims['iss'] !== expected.issuer) throw refused('it is of another issuer');
  if (tid !== expected.tenantId) throw refused('it is of another tenant');
  if (claims['ver'] !== '2.0') throw refused('it is not of version 2.0');
  if (typeof claims['aud'] !== 'string' || !audiences.includes(claims['aud']))
    throw refused('it is for another audience');
  if (typeof oid !== 'string' || !guid.test(oid)) throw refused('it names nobody');
  return {
    oid,
    tid,
    name: typeof name === 'string' && name !== '' ? name.slice(0, 200) : nameOfClient(azp, oid),
    roles: readRoles(claims['roles']),
  };
}

/** A daemon's token has no name in it. */
function nameOfClient(azp: unknown, oid: string): string {
  return `app ${typeof azp === 'string' ? azp : oid}`;
}

function assertTimes({ exp, nbf, iat }: Claims, now: Date): void {
  const seconds = now.getTime() / 1000;
  if (typeof exp !== 'number' || exp <= seconds - skewSeconds) throw refused('it has expired');
  if (typeof nbf !== 'number' || nbf > seconds + skewSeconds) throw refused('it is not valid yet');
  if (typeof iat !== 'number' || iat > seconds + skewSeconds) throw refused('it was issued in the future');
}

/** App roles alone: groups (and the pointer that Azure AD sends when there are too many of them) grant nothing. */
function readRoles(claim: unknown): Role[] {
  return Array.isArray(claim) ? roles.filter((role) => claim.includes(role)) : [];
}

function refused(why: string) {
  return unauthenticated(`The token is refused: ${why}.`);
}
