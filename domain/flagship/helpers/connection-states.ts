/** The state of a connection as it is kept; `expiring` is derived (see connection-health.ts). */
export type KeptStatus =
  | 'awaiting_authorisation'
  | 'active'
  | 'reauth_required'
  | 'revoked_at_provider'
  | 'revoked_by_user'
  | 'expired'
  | 'rejected';

/** Where each state may lead. PostgreSQL holds the same list against every update of a status. */
const moves: Record<KeptStatus, KeptStatus[]> = {
  awaiting_authorisation: ['active', 'rejected', 'revoked_by_user', 'revoked_at_provider'],
  active: ['reauth_required', 'revoked_by_user', 'revoked_at_provider', 'expired'],
  reauth_required: ['active', 'revoked_by_user', 'revoked_at_provider', 'expired'],
  // By a renewal, or taken off the lists.
  expired: ['active', 'revoked_by_user'],
  revoked_at_provider: ['revoked_by_user'],
  revoked_by_user: [],
  rejected: [],
};

export function canMoveConnection(from: string, to: string): boolean {
  return moves[from as KeptStatus].includes(to as KeptStatus);
}

/** Those that hold no token. */
export const endedStatuses: KeptStatus[] = ['revoked_at_provider', 'revoked_by_user', 'expired', 'rejected'];

/** Those whose consent the person can give again. */
export const renewableStatuses: KeptStatus[] = ['active', 'reauth_required', 'expired'];

/** What a bank did to a link without being asked: the person hears of it. */
export const attentionStatuses: KeptStatus[] = ['reauth_required', 'revoked_at_provider', 'expired'];
