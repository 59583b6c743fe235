import type { JWTPayload } from 'jose';
import type { Faults, RequestCounts } from './faults.ts';
import type { SigningKeys } from './signing-keys.ts';
import type { StaffMember } from './staff.ts';

/** An app registration: the portal (with redirect URIs) or a daemon (with roles of its own). */
export type Client = {
  id: string;
  secret: string;
  /** The service principal's object id: `oid` and `sub` of app-only tokens. */
  oid: string;
  name: string;
  redirectUris: string[];
  logoutUris: string[];
  /** Told in a hidden frame, with `iss` and `sid`, when somebody signs out. */
  frontChannelLogoutUri?: string | undefined;
  roles: string[];
};

/** Everything that the stand-in's routes share. */
export type Tenant = {
  id: string;
  /** `https://localhost:{port}`; known once the port is open. */
  origin: string;
  clients: Client[];
  staff: StaffMember[];
  keys: SigningKeys;
  faults: Faults;
  requests: RequestCounts;
};

export type Claims = JWTPayload & Record<string, unknown>;

export function tenantUrl(tenant: Pick<Tenant, 'origin' | 'id'>, path: string): string {
  return `${tenant.origin}/${tenant.id}${path}`;
}

export function issuerOf(tenant: Pick<Tenant, 'origin' | 'id'>): string {
  return tenantUrl(tenant, '/v2.0');
}

export function findClient(tenant: Tenant, id: unknown): Client | undefined {
  return tenant.clients.find((client) => client.id === id);
}

export function findStaff(tenant: Tenant, email: unknown): StaffMember | undefined {
  return tenant.staff.find((member) => member.email === email);
}
