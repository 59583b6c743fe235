import type { ConnectionRow } from '../services/connections.ts';

const hourMs = 3_600_000;
const expiringMs = 7 * 24 * hourMs;

export type ConnectionStatus =
  | 'awaiting_authorisation'
  | 'active'
  | 'expiring'
  | 'reauth_required'
  | 'revoked_at_provider'
  | 'revoked_by_user'
  | 'expired'
  | 'rejected';

type HealthState = 'waiting' | 'ok' | 'delayed' | 'action_required' | 'ended';

/** The state as it is shown: `expiring` is derived, from seven days before the consent's end. */
export function statusOf(
  { status, consentExpiresAt }: Pick<ConnectionRow, 'status' | 'consentExpiresAt'>,
  now: Date,
): ConnectionStatus {
  const isNearEnd = consentExpiresAt !== null && consentExpiresAt.getTime() - now.getTime() <= expiringMs;
  return status === 'active' && isNearEnd ? 'expiring' : (status as ConnectionStatus);
}

const messages: Record<ConnectionStatus, string> = {
  awaiting_authorisation: 'Finish the sign-in at your bank to link it.',
  active: 'Up to date.',
  expiring: 'Your bank asks you to confirm this link soon.',
  reauth_required: 'Your bank wants you to sign in again.',
  revoked_at_provider: 'The link was ended at your bank. Link it again to see new figures.',
  revoked_by_user: 'You ended this link.',
  expired: 'The link has run out. Link the bank again to see new figures.',
  rejected: 'The bank was not linked.',
};
const delayed = 'The bank is not answering; we keep trying.';
const firstSync = 'Reading your accounts.';
const actions: Partial<Record<ConnectionStatus, 'authorise' | 'reauthorise' | 'link_again'>> = {
  awaiting_authorisation: 'authorise',
  reauth_required: 'reauthorise',
  expiring: 'reauthorise',
  revoked_at_provider: 'link_again',
  expired: 'link_again',
  rejected: 'link_again',
};

/** How a connection is, in plain words, with what can be done about it. */
export function healthOf(connection: ConnectionRow, now: Date, syncEveryMs: number) {
  const status = statusOf(connection, now);
  const { lastSuccessAt } = connection;
  const isLive = status === 'active' || status === 'expiring';
  const ageMs = lastSuccessAt === null ? null : Math.max(0, now.getTime() - lastSuccessAt.getTime());
  const isDelayed = isLive && ageMs !== null && ageMs > 2 * syncEveryMs;
  return {
    state: stateOf(status, isDelayed),
    message: isDelayed ? delayed : isLive && ageMs === null ? firstSync : messages[status],
    lastSuccessAt: lastSuccessAt?.toISOString() ?? null,
    staleHours: ageMs === null ? null : Math.floor(ageMs / hourMs),
    nextSyncAt: isLive ? nextSync(connection, now, syncEveryMs).toISOString() : null,
    action: actions[status] ?? null,
  };
}

function nextSync({ lastAttemptAt }: ConnectionRow, now: Date, syncEveryMs: number): Date {
  return lastAttemptAt === null ? now : new Date(lastAttemptAt.getTime() + syncEveryMs);
}

function stateOf(status: ConnectionStatus, isDelayed: boolean): HealthState {
  if (status === 'awaiting_authorisation') return 'waiting';
  if (status === 'reauth_required') return 'action_required';
  if (status === 'active' || status === 'expiring') return isDelayed ? 'delayed' : 'ok';
  return 'ended';
}
