import type { Caller } from '#platform/caller';
import type { Context } from '../context.ts';
import type { PocketFacts } from './facts.ts';

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
    /* getHome */ select
      (select coalesce(jsonb_agg(to_jsonb(card) order by card."createdAt" desc, card.id desc), '[]') from (
        select * from pocket_facts where "ownerId" = ${userId}::uuid and "closedAt" is null
        order by "createdAt" desc, id desc limit 5) card) as pockets,
      (select count(*)::int from pocket where owner_id = ${userId}::uuid and closed_at is null) as total,
      bank_balances(${userId}::uuid)::text as balances`;
  const home = rows[0];
  if (!home) throw new Error('the home statement answered nothing');
  return home;
}
