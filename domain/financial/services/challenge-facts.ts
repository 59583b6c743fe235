/** A challenge as one who is in it, or asked into it, sees it. */
export interface ChallengeCardFacts {
  id: string;
  name: string;
  kind: 'percent' | 'streak';
  creatorId: string;
  createdAt: string;
  endsAt: string;
  viewerJoined: boolean;
  viewerPocketId: string | null;
  joinedCount: number;
  invitedCount: number;
}

export interface ChallengeFacts extends ChallengeCardFacts {
  /** Best first; null to who has not joined. */
  standings: { memberId: string; score: number | null; place: number | null }[] | null;
  /** For the creator alone. */
  invitedIds: string[];
}
