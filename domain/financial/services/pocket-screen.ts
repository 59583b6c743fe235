import type { Caller } from '#platform/caller';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { bySeq } from '../helpers/page.ts';
import type { MemberFacts, MovementFacts, PocketFacts } from './facts.ts';
import { seenBy } from './pockets.ts';
import type { RuleFacts } from './rule-facts.ts';

export interface PocketScreenFacts {
  pocket: PocketFacts;
  /** Who joined first, at most 100. */
  members: MemberFacts[];
  memberCount: number;
  /** The first page. */
  movements: Page<MovementFacts>;
  /** The caller's own. */
  rules: RuleFacts[];
  history: HistoryFacts;
}

/** Balances at the ends of days, weeks or months, at most 200, oldest first. */
export interface HistoryFacts {
  step: 'day' | 'week' | 'month';
  points: { day: string; balanceMinor: number }[];
}

const mostMembers = 100;
const mostMovements = 20;

/** Everything that the screen of one pocket shows, in one round trip, for one of its members. */
export async function getPocketScreen(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  { userId }: Caller,
  pocketId: string,
): Promise<PocketScreenFacts> {
  const rows = await db.$queryRaw<(Omit<PocketScreenFacts, 'movements'> & { movements: MovementFacts[] })[]>`
    /* getPocketScreen */ select ${seenBy} as pocket,
      (select jsonb_agg(member_of(pocket_id, member_id) order by joined_at, member_id) from (
        select pocket_id, member_id, joined_at from pocket_member where pocket_id = pocket.id and left_at is null
        order by joined_at, member_id limit ${mostMembers}::int) first) as members,
      living_members(pocket.id)::int as "memberCount",
      (select coalesce(jsonb_agg(to_jsonb(movement) order by movement.seq desc), '[]') from (
        select * from movement_facts where "pocketId" = pocket.id order by seq desc limit ${mostMovements + 1}::int) movement) as movements,
      (select coalesce(jsonb_agg(rule_of(id) order by priority, created_at, id), '[]') from rule
        where owner_id = ${userId}::uuid and pocket_id = pocket.id and ended_at is null) as rules,
      pocket_history(pocket.id, ${clock.now()}::timestamptz, zone_of(member.member_id)) as history
    from pocket_member member join pocket_facts pocket on pocket.id = member.pocket_id
    where member.pocket_id = ${pocketId}::uuid and member.member_id = ${userId}::uuid and member.left_at is null`;
  const [screen] = rows;
  if (!screen) throw notFound();
  return { ...screen, movements: pageOf(screen.movements, mostMovements, bySeq) };
}
