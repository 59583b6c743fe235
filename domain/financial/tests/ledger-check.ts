import type pg from 'pg';

/** Everything that would be wrong with the books; empty when they are right. Reads behind every function. */
export async function findLedgerFaults(sql: pg.Pool): Promise<string[]> {
  const { rows } = await sql.query<{ fault: string }>(`
    select 'transaction ' || transaction_id || ' does not sum to zero' as fault
      from ledger_entry group by transaction_id, currency having sum(amount_minor) <> 0
    union all select 'account ' || id || ' keeps another balance than its entries sum to'
      from ledger_account account
      where posted_minor <> (select coalesce(sum(amount_minor), 0) from ledger_entry where account_id = account.id)
    union all select 'account ' || id || ' miscounts its entries'
      from ledger_account account where entry_count <> (select count(*) from ledger_entry where account_id = account.id)
    union all select 'entry ' || seq || ' of account ' || account_id || ' has a wrong balance'
      from (select *, sum(amount_minor) over (partition by account_id order by seq) as running from ledger_entry) entry
      where balance_after_minor <> running
    union all select kind || ' ' || id || ' is below its floor' from ledger_account
      where kind in ('wallet', 'pocket') and (posted_minor < 0 or reserved_minor > posted_minor)
    union all select 'wallet ' || account.id || ' reserves another sum than its transfers'
      from ledger_account account, lateral (
        select coalesce(sum(amount_minor) filter (where direction = 'withdrawal'), 0) as going,
               coalesce(sum(amount_minor) filter (where direction = 'deposit'), 0) as coming
        from transfer where owner_id = account.owner_id and currency = account.currency
          and status in ('created', 'unknown', 'submitted', 'processing', 'stalled')) in_flight
      where kind = 'wallet' and (reserved_minor <> going or incoming_minor <> coming)
    union all select 'pocket ' || pocket_id || ' keeps other months than its entries sum to'
      from (
        select account_id as pocket_id, date_trunc('month', booked_at at time zone 'UTC')::date as month, sum(amount_minor) as net
        from ledger_entry entry join ledger_transaction booked on booked.id = entry.transaction_id join pocket on pocket.id = account_id
        where booked.kind not in ('opening', 'sweep') group by 1, 2
      ) summed full join pocket_month kept using (pocket_id, month)
      where summed.net is distinct from kept.net_minor
    union all select 'pocket ' || pocket.id || ' holds another sum than its members have put in and taken out'
      from pocket join ledger_account account using (id)
      where posted_minor <> (select coalesce(sum(contributed_minor - withdrawn_minor), 0) from pocket_member where pocket_id = pocket.id)
    union all select 'pocket ' || pocket.id || ' has another owner than its members say'
      from pocket where closed_at is null
        and not exists (select from pocket_member where pocket_id = id and member_id = owner_id and role = 'owner' and left_at is null)`);
  return rows.map(({ fault }) => fault);
}
