import type { Caller } from '#platform/caller';
import type { Context } from '../context.ts';
import type { PocketFacts } from './facts.ts';
import { seenBy } from './pockets.ts';

export interface HomeFacts {
  /** The newest open pockets, at most 5. */
  pockets: PocketFacts[];
  /** How many open pockets there are. */
  total: number;
  /** The contract's BankBalances, as PostgreSQL wrote it. */
  balances: string;
}

/** Everything about money that the home screen shows, in one round trip. */
export async function getHome({ db }: Pick<Context, 'db'>, { userId }: Caller): Promise<HomeFacts> {
  const rows = await db.$queryRaw<HomeFacts[]>`
    /* getHome */ with mine as (
      select pocket_id, member_id, role from pocket_member join pocket on pocket.id = pocket_id
      where member_id = ${userId}::uuid and left_at is null and closed_at is null)
    select
      (select coalesce(jsonb_agg(card order by "createdAt" desc, id desc), '[]') from (
        select ${seenBy} as card, "createdAt", id from mine member join pocket_facts pocket on pocket.id = member.pocket_id
        order by "createdAt" desc, id desc limit 5) newest) as pockets,
      (select count(*)::int from mine) as total,
      bank_balances(${userId}::uuid)::text as balances`;
  const home = rows[0];
  if (!home) throw new Error('the home statement answered nothing');
  return home;
}
