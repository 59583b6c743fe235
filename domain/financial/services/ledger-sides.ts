import type { Context } from '../context.ts';
import type { Side } from '../helpers/judge-transfer.ts';

export interface LedgerSide {
  transferId: string;
  side: Side;
}

interface Row {
  id: string;
  status: Side['status'];
  amountMinor: number;
  movedMinor: number;
  currency: string;
  updatedAt: Date;
}

const pageSize = 1_000;

/** What the ledger says of these transfers. */
export async function listInLedger({ db }: Pick<Context, 'db'>, ids: string[]): Promise<LedgerSide[]> {
  if (ids.length === 0) return [];
  const rows = await db.$queryRaw<Row[]>`
    /* listInLedger */ select id, status, amount_minor::float8 as "amountMinor", moved_minor::float8 as "movedMinor", currency,
      updated_at as "updatedAt"
    from transfer_in_ledger where id = any(${ids}::uuid[])`;
  return rows.map(sideOf);
}

/** Those that the ledger counts on these days: by the value date that was told, or else by the day it heard of the end. */
export async function* listOfDays(
  { db }: Pick<Context, 'db'>,
  { from, to }: { from: string; to: string },
): AsyncGenerator<LedgerSide[]> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await db.$queryRaw<Row[]>`
      /* listLedgerOfDays */ select id, status, amount_minor::float8 as "amountMinor", moved_minor::float8 as "movedMinor", currency,
        updated_at as "updatedAt"
      from transfer_in_ledger
      where id in (
        select id from transfer where value_date between ${from}::date and ${to}::date
        union select id from transfer where return_value_date between ${from}::date and ${to}::date
        union select id from transfer where value_date is null and status in ('settled', 'returned')
          and updated_at >= ${from}::date at time zone 'UTC' and updated_at < (${to}::date + 1) at time zone 'UTC'
      ) and id > ${after}::uuid
      order by id limit ${pageSize}::int`;
    yield rows.map(sideOf);
    const last = rows.at(-1);
    if (!last || rows.length < pageSize) return;
    after = last.id;
  }
}

function sideOf({ id, status, amountMinor, movedMinor, currency, updatedAt }: Row): LedgerSide {
  return { transferId: id, side: { status, amountMinor, movedMinor, currency, changedAt: updatedAt } };
}
