import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { byPlace, bySeq, placeBefore, seqBefore } from '../helpers/page.ts';
import type { TransferFacts, TransferStatus } from './facts.ts';

type Using = Pick<Context, 'db'>;

interface PageOf {
  limit: number;
  cursor: string | undefined;
}

export type AccountKind = 'wallet' | 'pocket' | 'clearing' | 'suspense' | 'adjustment';

export interface KindSum {
  currency: string;
  kind: AccountKind;
  accounts: number;
  balanceMinor: number;
  reservedMinor: number;
}

/** Everybody's transfers, newest first. */
export async function listTransfersForStaff(
  { db }: Using,
  { status, limit, cursor }: PageOf & { status: TransferStatus | undefined },
): Promise<Page<TransferFacts>> {
  const before = placeBefore(cursor);
  const rows =
    status === undefined
      ? await db.$queryRaw<{ transfer: TransferFacts }[]>`
          /* listTransfersForStaff */ select to_jsonb(transfer) as transfer from transfer_facts transfer
          where ("createdAt", id) < (${before.createdAt}::timestamptz, ${before.id}::uuid)
          order by "createdAt" desc, id desc limit ${limit + 1}::int`
      : await db.$queryRaw<{ transfer: TransferFacts }[]>`
          /* listTransfersInState */ select to_jsonb(transfer) as transfer from transfer_facts transfer
          where status = ${status} and ("createdAt", id) < (${before.createdAt}::timestamptz, ${before.id}::uuid)
          order by "createdAt" desc, id desc limit ${limit + 1}::int`;
  return pageOf(
    rows.map(({ transfer }) => transfer),
    limit,
    byPlace,
  );
}

/** The sums of each kind of account, all as of one moment. */
export async function getTrialBalance({ db }: Using): Promise<KindSum[]> {
  return db.$queryRaw<KindSum[]>`
    /* getTrialBalance */ select currency, kind, count(*)::int as accounts, sum(posted_minor)::float8 as "balanceMinor",
      sum(reserved_minor)::float8 as "reservedMinor"
    from ledger_account group by currency, kind order by currency, kind`;
}

export interface LedgerAccountFacts {
  id: string;
  kind: AccountKind;
  currency: string;
  status: 'open' | 'closed';
  ownerId: string;
  balanceMinor: number;
  reservedMinor: number;
  entries: number;
}

export interface EntryFacts {
  transactionId: string;
  seq: number;
  kind: string;
  source: string;
  amountMinor: number;
  balanceAfterMinor: number;
  transferId: string | null;
  reversesId: string | null;
  bookedAt: string;
}

export async function listLedgerEntries(
  { db }: Using,
  { ledgerAccountId, limit, cursor }: PageOf & { ledgerAccountId: string },
): Promise<{ account: LedgerAccountFacts } & Page<EntryFacts>> {
  const before = seqBefore(cursor);
  const [account] = await db.$queryRaw<LedgerAccountFacts[]>`
    /* getLedgerAccount */ select id, kind, currency, status, owner_id as "ownerId", posted_minor::float8 as "balanceMinor",
      reserved_minor::float8 as "reservedMinor", entry_count::float8 as entries
    from ledger_account where id = ${ledgerAccountId}::uuid`;
  if (!account) throw notFound();
  const rows = await db.$queryRaw<{ entry: EntryFacts }[]>`
    /* listLedgerEntries */ select jsonb_build_object('transactionId', t.id, 'seq', e.seq, 'kind', t.kind, 'source', t.source,
      'amountMinor', e.amount_minor, 'balanceAfterMinor', e.balance_after_minor, 'transferId', t.transfer_id,
      'reversesId', t.reverses_id, 'bookedAt', rfc3339(t.booked_at)) as entry
    from ledger_entry e join ledger_transaction t on t.id = e.transaction_id
    where e.account_id = ${ledgerAccountId}::uuid and e.seq < ${before}::bigint
    order by e.seq desc limit ${limit + 1}::int`;
  const page = pageOf(
    rows.map(({ entry }) => entry),
    limit,
    bySeq,
  );
  return { account, ...page };
}
