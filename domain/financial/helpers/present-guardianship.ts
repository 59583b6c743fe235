import type { components } from '#openapi/financial';
import type { GuardianshipFacts } from '../services/facts.ts';
import { presentUnlock } from './present-lock.ts';
import { presentTime } from './present-money.ts';

/** A lock as who guards it sees it. */
export function presentGuardianship(facts: GuardianshipFacts): components['schemas']['Guardianship'] {
  const { id, pocketId, pocketName, pocketEmoji, ownerId, guardianId, status, createdAt } = facts;
  return {
    id,
    pocketId,
    pocket: { name: pocketName, emoji: pocketEmoji },
    ownerId,
    guardianId,
    status,
    unlock: status === 'ended' || status === 'declined' ? null : presentUnlock(facts),
    createdAt: presentTime(createdAt),
  };
}
