import type { Caller } from '#platform/caller';
import type { Context } from '../context.ts';

/** A part of what is free to spend, positive or negative; null where the bank has not told it. */
export interface SpendPart {
  kind: 'wallet' | 'reserved' | 'bank_account' | 'coming_rule';
  /** The bank account, by flagship's id. */
  accountId: string | null;
  ruleId: string | null;
  pocketId: string | null;
  /** On which day a rule runs, in its time zone: `YYYY-MM-DD`. */
  on: string | null;
  name: string | null;
  currency: string;
  amountMinor: number | null;
  asOf: string;
  stale: boolean;
}

const day = 86_400_000;
export const horizonDays = 30;

/**
 * What the person's wallets and linked banks hold, less what withdrawals in flight have reserved and what their rules will take
 * in the coming days, or are due to take now. What is in pockets does not count. Money at a bank counts as last told: what is
 * free in an account, what is owed on a card; a loan never. A figure is stale when it is older than a day, when the consent it
 * came by has ended, and when a transfer was settled or returned since: the wallet has that sum, and the bank may still show it.
 */
export async function listSpendParts(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  { userId }: Caller,
): Promise<SpendPart[]> {
  const now = clock.now();
  const until = new Date(now.getTime() + horizonDays * day);
  const rows = await db.$queryRaw<{ part: SpendPart }[]>`
    /* listSpendParts */ with wallet as (
      select * from ledger_account where owner_id = ${userId}::uuid and kind = 'wallet'
    ), part as (
      select 1 as place, 'wallet' as kind, null::uuid as "accountId", null::uuid as "ruleId", null::uuid as "pocketId", null::date as "on",
        null as name, currency::text, posted_minor as "amountMinor", ${now}::timestamptz as "asOf", false as stale from wallet
      union all
      select 2, 'reserved', null, null, null, null, null, currency, -reserved_minor, ${now}::timestamptz, false from wallet where reserved_minor > 0
      union all
      select 3, 'bank_account', id, null, null, null, name, currency, held.amount_minor, as_of,
        as_of < ${now}::timestamptz - interval '1 day' or status not in ('active', 'expiring') or held.amount_minor is null
        or exists (select from transfer moved where moved.bank_account_id = bank_account.id and moved.owner_id = bank_account.owner_id
          and moved.updated_at >= as_of and moved.status in ('settled', 'returned'))
      from bank_account cross join lateral (
        select case when kind <> 'card' then coalesce(available_minor, balance_minor) when balance_minor < 0 then balance_minor
          when balance_minor is not null then 0 end as amount_minor) held
      where owner_id = ${userId}::uuid and kind <> 'loan' and status <> 'closed'
      union all
      select 4, 'coming_rule', null, rule_id, pocket_id, on_day, null, currency, -amount_minor, ${now}::timestamptz, false
      from coming_rule_sums(${userId}::uuid, ${now}::timestamptz, ${until}::timestamptz)
    )
    select to_jsonb(part) - 'place' || jsonb_build_object('asOf', rfc3339("asOf")) as part from part
    order by currency, place, "on", "accountId", "ruleId"`;
  return rows.map(({ part }) => part);
}
