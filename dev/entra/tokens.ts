import { createHash, randomUUID } from 'node:crypto';
import { decodeJwt, jwtVerify, SignJWT, importJWK } from 'jose';
import type { CryptoKey } from 'jose';
import { issuerOf, tenantUrl } from './tenant.ts';
import type { Claims, Client, Tenant } from './tenant.ts';
import type { StaffMember } from './staff.ts';

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;

export type Grant = { client: Client; member: StaffMember; scope: string; sid: string; nonce?: string | undefined };

/** Signs claims as the tenant does. Any claim can be overridden, which is how tests make what must be refused. */
export async function signToken(tenant: Tenant, claims: Claims): Promise<string> {
  const { kid, key } = await tenant.keys.current();
  const now = Math.floor(Date.now() / 1000) + tenant.faults.clockOffsetSeconds;
  const payload = {
    iss: issuerOf(tenant),
    tid: tenant.id,
    ver: '2.0',
    uti: randomUUID(),
    iat: now,
    nbf: now,
    exp: now + HOUR_SECONDS,
    ...claims,
  };
  return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid, x5t: kid }).sign(key);
}

/** The answer of the token endpoint to a person's grant: an access token for the asked API, an ID token, a refresh token. */
export async function personTokens(tenant: Tenant, { client, member, scope, sid, nonce }: Grant) {
  const person = {
    sub: createHash('sha256')
      .update(member.oid + client.id)
      .digest('base64url'),
    oid: member.oid,
    name: member.name,
    preferred_username: member.email,
    // Entra leaves the claim out when no role was given.
    ...(member.roles.length > 0 && { roles: member.roles }),
    ...(member.manyGroups && groupsOverage(tenant, member)),
  };
  const { audience, scp } = readScope(scope, client);
  return {
    token_type: 'Bearer',
    scope,
    expires_in: HOUR_SECONDS,
    access_token: await signToken(tenant, { ...person, aud: audience, azp: client.id, azpacr: '1', scp, sid }),
    id_token: await signToken(tenant, { ...person, aud: client.id, sid, ...(nonce !== undefined && { nonce }) }),
    ...(scope.split(' ').includes('offline_access') && {
      refresh_token: await signToken(tenant, {
        aud: 'refresh',
        client: client.id,
        email: member.email,
        scope,
        sid,
        exp: Math.floor(Date.now() / 1000) + DAY_SECONDS,
      }),
    }),
  };
}

/** What Entra sends in place of more than 200 groups. */
function groupsOverage(tenant: Tenant, { oid }: StaffMember) {
  const endpoint = tenantUrl(tenant, `/users/${oid}/getMemberObjects`);
  return { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint } } };
}

/** A daemon's token: no person in it, `sub` and `oid` are the service principal. */
export async function daemonTokens(tenant: Tenant, client: Client, audience: string) {
  const claims = { aud: audience, azp: client.id, azpacr: '1', oid: client.oid, sub: client.oid };
  const roles = client.roles.length > 0 ? { roles: client.roles } : {};
  return {
    token_type: 'Bearer',
    expires_in: HOUR_SECONDS,
    access_token: await signToken(tenant, { ...claims, ...roles }),
  };
}

/** Reads back what `signToken` made; undefined when it is not ours, is over, or was made for something else. */
export async function readToken(tenant: Tenant, token: unknown, audience: string): Promise<Claims | undefined> {
  if (typeof token !== 'string') return undefined;
  const keys = await Promise.all(
    tenant.keys.published().map(async (jwk) => (await importJWK(jwk, 'RS256')) as CryptoKey),
  );
  for (const key of keys) {
    const verified = await jwtVerify(token, key, { audience, algorithms: ['RS256'] }).catch(() => undefined);
    if (verified) return decodeJwt(token);
  }
  return undefined;
}

function readScope(scope: string, client: Client): { audience: string; scp: string } {
  const asked = scope.split(' ').map((item) => /^api:\/\/([^/]+)\/(.+)$/.exec(item));
  const api = asked.find((match) => match !== null);
  const names = asked.flatMap((match) => (match?.[2] === undefined ? [] : [match[2]]));
  return { audience: api?.[1] ?? client.id, scp: names.join(' ') || 'openid profile' };
}
