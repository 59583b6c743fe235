import type { Context } from '../context.ts';
import { findOwnMovements } from './own-movements.ts';

/** A posted transaction that was earned, spent or given back, with the id that its row had while it was pending. */
export interface Posted {
  id: string;
  userId: string;
  accountId: string;
  currency: string;
  amountMinor: bigint;
  kind: 'income' | 'spend' | 'refund';
  bookedOn: Date;
  pendingId: string | null;
  /** Whether one that looks the same was told before it. */
  possibleDuplicate: boolean;
}

/**
 * Of some transactions of a connection those that stand as posted and are the person's own doing: not what CLYNC itself has
 * moved, there and back, nor what moves on a loan (it pays off) or goes out of savings (it stays theirs). What comes in on a
 * card is no income: it gives back what was spent there, or pays the card off.
 */
export async function listPosted({ db }: Pick<Context, 'db'>, connectionId: string, ids: string[]): Promise<Posted[]> {
  const rows = await db.$queryRaw<Posted[]>`
    /* listPosted */ select t.id, t.user_id as "userId", t.account_id as "accountId", a.currency, t.amount_minor as "amountMinor",
      case when t.amount_minor < 0 then 'spend' when a.kind = 'card' then 'refund' else 'income' end as kind,
      t.booked_on as "bookedOn", held.id as "pendingId", t.duplicate_of is not null as "possibleDuplicate"
    from bank_transaction t
    join account a on a.id = t.account_id
    left join bank_transaction held on held.account_id = t.account_id and held.provider_transaction_id = t.provider_pending_id
    where t.id = any (${ids}::uuid[]) and a.connection_id = ${connectionId}::uuid and not t.pending and t.removed_at is null
      and a.kind <> 'loan' and (t.amount_minor > 0 or (t.amount_minor < 0 and a.kind <> 'savings'))
    order by t.booked_on, t.id`;
  const [first] = rows;
  if (!first) return rows;
  const own = await findOwnMovements({ db }, first.userId, rows);
  return rows.filter(({ id }) => !own.has(id));
}
