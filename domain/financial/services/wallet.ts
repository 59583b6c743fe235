import type { Caller } from '#platform/caller';
import type { Context } from '../context.ts';

/** The wallet of one currency. */
export interface WalletFacts {
  currency: string;
  balanceMinor: number;
  /** What withdrawals in flight will take. */
  reservedMinor: number;
  /** What deposits in flight will bring. */
  incomingMinor: number;
}

/** One row for each currency that the person has a wallet, a pocket or a bank account in. */
export async function getWallet(
  { db }: Pick<Context, 'db'>,
  { userId }: Pick<Caller, 'userId'>,
): Promise<WalletFacts[]> {
  const rows = await db.$queryRaw<{ wallet: WalletFacts }[]>`
    /* getWallet */ select jsonb_build_object('currency', currency, 'balanceMinor', coalesce(posted_minor, 0),
      'reservedMinor', coalesce(reserved_minor, 0), 'incomingMinor', coalesce(incoming_minor, 0)) as wallet
    from (
      select currency from ledger_account where owner_id = ${userId}::uuid and kind = 'wallet'
      union select currency from pocket join pocket_member member on member.pocket_id = pocket.id
        where member.member_id = ${userId}::uuid and member.left_at is null
      union select currency from bank_account where owner_id = ${userId}::uuid
    ) used
    left join (select * from ledger_account where holder_id = ${userId}::uuid and kind = 'wallet') account using (currency)
    order by currency`;
  return rows.map(({ wallet }) => wallet);
}
