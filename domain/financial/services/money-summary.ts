import type { Context } from '../context.ts';
import type { TransferFacts } from './facts.ts';
import { getWallet } from './wallet.ts';
import type { WalletFacts } from './wallet.ts';

export interface MoneySummaryFacts {
  wallets: WalletFacts[];
  /** The newest 20. */
  pockets: { id: string; name: string; closed: boolean; balanceMinor: number; currency: string }[];
  pocketCount: number;
  /** What could not be booked to a wallet, by currency; negative is owed by the person. */
  suspense: { currency: string; balanceMinor: number }[];
  /** What holds money of the person now, oldest first. */
  freezes: { kind: 'person' | 'pocket'; subjectId: string; reason: string; decisionId: string; since: string }[];
  /** The newest 10. */
  transfers: TransferFacts[];
  /** The contract's BankBalances, as PostgreSQL wrote it. */
  bankBalances: string;
}

/** What staff see of one person's money. */
export async function getMoneySummary(ctx: Pick<Context, 'db'>, userId: string): Promise<MoneySummaryFacts> {
  const [wallets, rows] = await Promise.all([
    getWallet(ctx, { userId }),
    ctx.db.$queryRaw<Omit<MoneySummaryFacts, 'wallets'>[]>`
      /* getMoneySummary */ select
        (select coalesce(jsonb_agg(to_jsonb(newest) order by newest."createdAt" desc, newest.id desc), '[]') from (
          select id, name, "closedAt" is not null as closed, "balanceMinor", currency, "createdAt"
          from pocket_member member join pocket_facts pocket on pocket.id = member.pocket_id
          where member.member_id = ${userId}::uuid and member.left_at is null
          order by "createdAt" desc, id desc limit 20) newest) as pockets,
        (select count(*)::int from pocket_member where member_id = ${userId}::uuid and left_at is null) as "pocketCount",
        (select coalesce(jsonb_agg(jsonb_build_object('currency', currency, 'balanceMinor', posted_minor) order by currency), '[]')
          from ledger_account where owner_id = ${userId}::uuid and kind = 'suspense' and posted_minor <> 0) as suspense,
        freezes_of(${userId}::uuid) as freezes,
        (select coalesce(jsonb_agg(to_jsonb(newest) order by newest."createdAt" desc, newest.id desc), '[]') from (
          select * from transfer_facts where "ownerId" = ${userId}::uuid order by "createdAt" desc, id desc limit 10) newest) as transfers,
        bank_balances(${userId}::uuid)::text as "bankBalances"`,
  ]);
  const found = rows[0];
  if (!found) throw new Error('the summary statement answered nothing');
  return { wallets, ...found };
}
