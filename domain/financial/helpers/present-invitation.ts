import type { components } from '#openapi/financial';
import type { InvitationFacts } from '../services/facts.ts';
import { presentTime } from './present-money.ts';

/** An invitation as it stands at the time `now`. */
export function presentInvitation(facts: InvitationFacts, now: Date): components['schemas']['Invitation'] {
  const { id, pocketId, pocketName, pocketEmoji, currency, inviterId, inviteeId, role, status, expiresAt } = facts;
  return {
    id,
    pocketId,
    pocket: { name: pocketName, emoji: pocketEmoji, currency },
    inviterId,
    inviteeId,
    role,
    status: status === 'pending' && new Date(expiresAt) <= now ? 'expired' : status,
    createdAt: presentTime(facts.createdAt),
    expiresAt: presentTime(expiresAt),
  };
}
