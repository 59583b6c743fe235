import type { components } from '#openapi/bff-admin';

/** An app role of the portal in Azure AD. */
export type Role = components['schemas']['Role'];

export const roles: readonly Role[] = ['Admin', 'Moderator', 'Support', 'FinanceOps', 'Auditor'];

/** A member of staff, or a daemon, as Azure AD knows it: `tid` and `oid` are the identity, never the e-mail. */
export interface StaffIdentity {
  oid: string;
  tid: string;
  name: string;
  roles: Role[];
}

/** Who calls, whether by a session or by an access token. */
export interface StaffCaller extends StaffIdentity {
  /** The client in Azure AD by which they act: the portal, or a script's. */
  appId: string;
  /** False for an application that acts for itself: it is nobody's second person. */
  isPerson: boolean;
  /** What a browser must send with unsafe methods; null for a script. */
  csrfToken: string | null;
}
