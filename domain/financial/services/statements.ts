import type { Caller } from '#platform/caller';
import type { Context } from '../context.ts';
import { statementTooLong } from '../errors.ts';
import type { MovementFacts } from './facts.ts';
import { periodOf } from '../validation/period.ts';
import type { WantedPeriod } from '../validation/period.ts';
import { getPocket } from './pockets.ts';
import { timeZoneOf } from './preferences.ts';

/** From a moment on, up to another one that does not belong to it. */
export interface Period {
  from: Date;
  to: Date;
}

export interface StatementHead {
  account: { type: 'pocket' | 'wallet'; pocketId: string | null; name: string };
  currency: string;
  period: Period;
  openingMinor: number;
  closingMinor: number;
}

export interface StatementLine {
  /** The ledger transaction. */
  id: string;
  createdAt: string;
  kind: MovementFacts['kind'] | 'deposit' | 'withdrawal' | 'return' | 'opening_balance';
  amountMinor: number;
  balanceAfterMinor: number;
  note: string | null;
}

export interface Statement {
  head: StatementHead;
  /** Whose days the period counts. */
  timeZone: string;
  /** In the order of booking, a page at a time. */
  pages: AsyncIterable<StatementLine[]>;
}

interface Wanted {
  period: WantedPeriod;
  mostLines: number;
}

type Using = Pick<Context, 'db' | 'clock'>;

const pageSize = 2_000;

export async function getPocketStatement(
  ctx: Using,
  caller: Caller,
  { pocketId, ...wanted }: Wanted & { pocketId: string },
): Promise<Statement> {
  const { name, currency, timeZone = 'UTC' } = await getPocket(ctx, caller, pocketId);
  return statementOf(ctx, pocketId, { ...wanted, account: { type: 'pocket', pocketId, name }, currency, timeZone });
}

export async function getWalletStatement(
  ctx: Using,
  caller: Caller,
  { currency, ...wanted }: Wanted & { currency: string },
): Promise<Statement> {
  const timeZone = await timeZoneOf(ctx, caller);
  const rows = await ctx.db.$queryRaw<{ id: string | null }[]>`
    select find_account(${caller.userId}::uuid, 'wallet', ${currency}) as id`;
  const account = { type: 'wallet' as const, pocketId: null, name: `Wallet ${currency}` };
  return statementOf(ctx, rows[0]?.id ?? null, { ...wanted, account, currency, timeZone });
}

/** Entries never change, so what the first question found stays true while the pages are read. */
async function statementOf(
  { db, clock }: Using,
  accountId: string | null,
  {
    period: asked,
    mostLines,
    timeZone,
    ...named
  }: Wanted & Pick<StatementHead, 'account' | 'currency'> & { timeZone: string },
): Promise<Statement> {
  const period = periodOf(asked, clock.now(), timeZone);
  const rows = await db.$queryRaw<{ first: number; last: number; openingMinor: number; closingMinor: number }[]>`
    /* statementOf */ select first::float8, last::float8, balance_after(id, first)::float8 as "openingMinor",
      balance_after(id, last)::float8 as "closingMinor"
    from (select id, last_entry(id, ${period.from}::timestamptz - interval '1 millisecond') as first,
      last_entry(id, ${period.to}::timestamptz - interval '1 millisecond') as last
      from ledger_account where id = ${accountId}::uuid) bounds`;
  const { first, last, ...balances } = rows[0] ?? { first: 0, last: 0, openingMinor: 0, closingMinor: 0 };
  if (last - first > mostLines) throw statementTooLong(mostLines);
  return { head: { ...named, period, ...balances }, timeZone, pages: pagesOf({ db }, accountId, { first, last }) };
}

async function* pagesOf(
  { db }: Pick<Context, 'db'>,
  accountId: string | null,
  { first, last }: { first: number; last: number },
): AsyncGenerator<StatementLine[]> {
  for (let after = first; after < last; after += pageSize) {
    const rows = await db.$queryRaw<{ line: StatementLine }[]>`
      /* statementLines */ select jsonb_build_object('id', t.id, 'createdAt', rfc3339(t.booked_at), 'kind', t.kind,
        'amountMinor', e.amount_minor, 'balanceAfterMinor', e.balance_after_minor, 'note', t.note) as line
      from ledger_entry e join ledger_transaction t on t.id = e.transaction_id
      where e.account_id = ${accountId}::uuid and e.seq > ${after}::bigint and e.seq <= ${Math.min(last, after + pageSize)}::bigint
      order by e.seq`;
    yield rows.map(({ line }) => line);
  }
}
