import type { Caller } from '#platform/caller';
import { hashOf } from '#platform/idempotency';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { byPlace, placeBefore } from '../helpers/page.ts';
import type { ChallengeCardFacts, ChallengeFacts } from './challenge-facts.ts';
import { callLedger } from './ledger.ts';
import type { Booked } from './ledger.ts';

type Using = Pick<Context, 'db' | 'clock'>;

export interface NewChallenge {
  name: string;
  kind: ChallengeCardFacts['kind'];
  pocketId?: string;
  memberIds: string[];
  endsAt: string;
}

export function createChallenge(
  { db, clock }: Using,
  { userId: ownerId }: Caller,
  { key, challenge }: { key: string | undefined; challenge: NewChallenge },
): Promise<Booked<ChallengeFacts>> {
  const hash = hashOf(challenge);
  return callLedger(db, 'create_challenge', { ownerId, key, hash, ...challenge, at: clock.now() });
}

/** The challenges that the caller is in or asked into, ended ones too. */
export async function listChallenges(
  { db }: Pick<Context, 'db'>,
  { userId }: Caller,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<Page<ChallengeCardFacts>> {
  const before = placeBefore(cursor);
  const rows = await db.$queryRaw<{ card: ChallengeCardFacts }[]>`
    /* listChallenges */ select challenge_card(challenge_id, member_id) as card from challenge_member
    where member_id = ${userId}::uuid and (created_at, challenge_id) < (${before.createdAt}::timestamptz, ${before.id}::uuid)
    order by created_at desc, challenge_id desc limit ${limit + 1}::int`;
  return pageOf(
    rows.map(({ card }) => card),
    limit,
    byPlace,
  );
}

/** @throws not_found for whoever is not in it, nor asked into it */
export async function getChallenge(
  { db, clock }: Using,
  { userId }: Caller,
  challengeId: string,
): Promise<ChallengeFacts> {
  const rows = await db.$queryRaw<{ challenge: ChallengeFacts | null }[]>`
    /* getChallenge */ select challenge_as_seen(${challengeId}::uuid, ${userId}::uuid, ${clock.now()}::timestamptz) as challenge`;
  const challenge = rows[0]?.challenge;
  if (!challenge) throw notFound();
  return challenge;
}

/** Takes part with a pocket; again with another one instead. */
export async function joinChallenge(
  { db, clock }: Using,
  { userId: ownerId }: Caller,
  entry: { challengeId: string; pocketId: string },
): Promise<ChallengeFacts> {
  const { facts } = await callLedger<ChallengeFacts>(db, 'join_challenge', { ownerId, ...entry, at: clock.now() });
  return facts;
}

export async function declineChallenge(
  { db }: Pick<Context, 'db'>,
  { userId: ownerId }: Caller,
  challengeId: string,
): Promise<void> {
  await callLedger(db, 'decline_challenge', { ownerId, challengeId });
}

interface Named {
  challengeId: string;
  memberId: string;
}

/** Leaves it, or takes another out of one's own. */
export async function deleteChallengeMember(
  { db }: Pick<Context, 'db'>,
  { userId: ownerId }: Caller,
  named: Named,
): Promise<void> {
  await callLedger(db, 'leave_challenge', { ownerId, ...named });
}

/** Tells another who takes part that the caller is with them, at most once a day. */
export async function encourageMember({ db, clock }: Using, { userId: ownerId }: Caller, named: Named): Promise<void> {
  await callLedger(db, 'encourage_member', { ownerId, ...named, at: clock.now() });
}
