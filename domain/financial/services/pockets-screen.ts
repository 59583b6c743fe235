import type { Caller } from '#platform/caller';
import type { Context } from '../context.ts';
import type { ChallengeCardFacts } from './challenge-facts.ts';
import type { GuardianshipFacts, InvitationFacts, PocketFacts } from './facts.ts';
import { seenBy } from './pockets.ts';

export interface PocketsScreenFacts {
  /** One for each currency that an open pocket has; the share is what the person has put in less what they took out. */
  totals: { currency: string; pocketCount: number; balanceMinor: number; shareMinor: number }[];
  /** The newest open ones, at most 100. */
  pockets: PocketFacts[];
  pocketCount: number;
  /** The newest that the person may still accept, at most 20. */
  invitations: InvitationFacts[];
  /** The newest that wait for the person's answer, or for their approval of an end; at most 20. */
  guardianships: GuardianshipFacts[];
  /** The newest that run and that the person has not answered, at most 20. */
  challenges: ChallengeCardFacts[];
}

/** Everything that the screen of a person's pockets shows, in one round trip. */
export async function getPocketsScreen(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  { userId }: Caller,
): Promise<PocketsScreenFacts> {
  const rows = await db.$queryRaw<PocketsScreenFacts[]>`
    /* getPocketsScreen */ with mine as (
      select member.*, account.currency, account.posted_minor from pocket_member member
      join pocket on pocket.id = member.pocket_id join ledger_account account on account.id = member.pocket_id
      where member.member_id = ${userId}::uuid and member.left_at is null and pocket.closed_at is null)
    select
      (select coalesce(jsonb_agg(to_jsonb(total) order by currency), '[]') from (
        select currency, count(*) as "pocketCount", sum(posted_minor) as "balanceMinor",
          sum(contributed_minor - withdrawn_minor) as "shareMinor" from mine group by currency) total) as totals,
      (select coalesce(jsonb_agg(card order by "createdAt" desc, id desc), '[]') from (
        select ${seenBy} as card, "createdAt", id from mine member join pocket_facts pocket on pocket.id = member.pocket_id
        order by "createdAt" desc, id desc limit 100) newest) as pockets,
      (select count(*)::int from mine) as "pocketCount",
      (select coalesce(jsonb_agg(invitation_of(id) order by created_at desc, id desc), '[]') from (
        select id, created_at from pocket_invitation
        where invitee_id = ${userId}::uuid and status = 'pending' and expires_at > ${clock.now()}::timestamptz
        order by created_at desc, id desc limit 20) newest) as invitations,
      (select coalesce(jsonb_agg(guardianship_of(id, ${clock.now()}::timestamptz) order by created_at desc, id desc), '[]') from (
        select guard.id, guard.created_at from pocket_guardian guard join pocket_lock held on held.pocket_id = guard.pocket_id
        where guardian_id = ${userId}::uuid and lock_holds(guard.pocket_id, ${clock.now()}::timestamptz)
          and (status = 'pending' or status = 'accepted' and held.unlock_waits_for = guardian_id)
        order by guard.created_at desc, guard.id desc limit 20) newest) as guardianships,
      (select coalesce(jsonb_agg(challenge_card(id, ${userId}::uuid) order by created_at desc, id desc), '[]') from (
        select race.id, race.created_at from challenge_member member join challenge race on race.id = member.challenge_id
        where member.member_id = ${userId}::uuid and member.joined_at is null and race.ends_at > ${clock.now()}::timestamptz
        order by race.created_at desc, race.id desc limit 20) newest) as challenges`;
  const screen = rows[0];
  if (!screen) throw new Error('the statement of the pockets screen answered nothing');
  return screen;
}
