import type { ConnectionRow } from '../services/connections.ts';
import type { KeptStatus } from './connection-states.ts';

const hourMs = 3_600_000;
/** From then on before its end, a consent is `expiring`. */
export const expiringMs = 7 * 24 * hourMs;

export type ConnectionStatus = KeptStatus | 'expiring';

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
  expired: 'The link has run out. Confirm it at your bank to see new figures.',
  rejected: 'The bank was not linked.',
};
const delayed = 'The bank is not answering; we keep trying.';
const limited = 'Your bank allows no more look-ups for now; we go on as soon as it does.';
const firstSync = 'Reading your accounts.';
const actions: Partial<Record<ConnectionStatus, 'authorise' | 'reauthorise' | 'link_again'>> = {
  awaiting_authorisation: 'authorise',
  reauth_required: 'reauthorise',
  expiring: 'reauthorise',
  revoked_at_provider: 'link_again',
  expired: 'reauthorise',
  rejected: 'link_again',
};

/** How a connection is, in plain words, with what can be done about it. What the bank's silence delays heals by itself. */
export function healthOf(connection: ConnectionRow, now: Date, syncEveryMs: number) {
  const status = statusOf(connection, now);
  const { lastSuccessAt, createdAt } = connection;
  const isLive = status === 'active' || status === 'expiring';
  const ageMs = Math.max(0, now.getTime() - (lastSuccessAt ?? createdAt).getTime());
  const isDelayed = isLive && !isResting(connection, now) && ageMs > 2 * syncEveryMs;
  const limitedUntil = isLive ? rateLimit(connection, now) : null;
  return {
    state: stateOf(status, isDelayed),
    message: messageOf({
      status,
      isDelayed,
      isLimited: limitedUntil !== null,
      isFirst: isLive && lastSuccessAt === null,
    }),
    lastSuccessAt: lastSuccessAt?.toISOString() ?? null,
    staleHours: lastSuccessAt === null ? null : Math.floor(ageMs / hourMs),
    nextSyncAt: isLive ? nextSync(connection, now, syncEveryMs).toISOString() : null,
    rateLimitedUntil: limitedUntil?.toISOString() ?? null,
    action: actions[status] ?? null,
  };
}

function messageOf(is: { status: ConnectionStatus; isDelayed: boolean; isLimited: boolean; isFirst: boolean }): string {
  if (is.isLimited) return limited;
  if (is.isDelayed) return delayed;
  return is.isFirst ? firstSync : messages[is.status];
}

/** Where the bank counts the reads of a day, they are spread over it. */
function isResting({ restUntil }: ConnectionRow, now: Date): boolean {
  return restUntil !== null && restUntil > now;
}

function rateLimit({ rateLimitedUntil }: ConnectionRow, now: Date): Date | null {
  return rateLimitedUntil !== null && rateLimitedUntil > now ? rateLimitedUntil : null;
}

function nextSync(connection: ConnectionRow, now: Date, syncEveryMs: number): Date {
  const { lastAttemptAt } = connection;
  const due = lastAttemptAt === null ? now : new Date(lastAttemptAt.getTime() + syncEveryMs);
  const rested = connection.restUntil !== null && connection.restUntil > due ? connection.restUntil : due;
  // A sync that the bank put off waits for that moment.
  return rateLimit(connection, now) ?? rested;
}

function stateOf(status: ConnectionStatus, isDelayed: boolean): HealthState {
  if (status === 'awaiting_authorisation') return 'waiting';
  if (status === 'reauth_required' || status === 'expired') return 'action_required';
  if (status === 'active' || status === 'expiring') return isDelayed ? 'delayed' : 'ok';
  return 'ended';
}
