import type { components } from '#openapi/financial';
import type { ChallengeCardFacts, ChallengeFacts } from '../services/challenge-facts.ts';
import { hasCome } from './lock.ts';
import { presentTime } from './present-money.ts';

type Schemas = components['schemas'];

/** A challenge in a list, as it stands at the time `now`. */
export function presentChallengeCard(facts: ChallengeCardFacts, now: Date): Schemas['ChallengeSummary'] {
  const { id, name, kind, creatorId, viewerJoined, viewerPocketId, joinedCount, invitedCount } = facts;
  return {
    id,
    name,
    kind,
    creatorId,
    status: hasCome(facts.endsAt, now) ? 'ended' : 'running',
    viewer: { status: viewerJoined ? 'joined' : 'invited', pocketId: viewerPocketId },
    joinedCount,
    invitedCount,
    createdAt: presentTime(facts.createdAt),
    endsAt: presentTime(facts.endsAt),
  };
}

/** The same with its leaderboard: percents or weeks, never a sum. */
export function presentChallenge(facts: ChallengeFacts, now: Date): Schemas['Challenge'] {
  const { kind, standings, invitedIds } = facts;
  const present = ({ memberId, score, place }: NonNullable<typeof standings>[number]) => ({
    userId: memberId,
    place,
    percent: kind === 'percent' ? score : null,
    streak: kind === 'streak' ? score : null,
  });
  return { ...presentChallengeCard(facts, now), leaderboard: standings && standings.map(present), invitedIds };
}
