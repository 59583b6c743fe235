import type { Context } from '../context.ts';

/** A posted transaction that was earned or spent, with the id that its row had while it was pending. */
export interface Posted {
  id: string;
  userId: string;
  accountId: string;
  currency: string;
  amountMinor: bigint;
  bookedOn: Date;
  pendingId: string | null;
  /** Whether one that looks the same was told before it. */
  possibleDuplicate: boolean;
}

/**
 * Of some transactions of a connection those that stand as posted and are the person's own doing: not what CLYNC itself has
 * moved, there and back, nor what comes in on a card or loan (it pays off) or goes out of savings (it stays theirs).
 */
export function listPosted({ db }: Pick<Context, 'db'>, connectionId: string, ids: string[]): Promise<Posted[]> {
  return db.$queryRaw<Posted[]>`
    /* listPosted */ select t.id, t.user_id as "userId", t.account_id as "accountId", a.currency, t.amount_minor as "amountMinor",
      t.booked_on as "bookedOn", held.id as "pendingId", t.duplicate_of is not null as "possibleDuplicate"
    from bank_transaction t
    join account a on a.id = t.account_id
    left join bank_transaction held on held.account_id = t.account_id and held.provider_transaction_id = t.provider_pending_id
    where t.id = any (${ids}::uuid[]) and a.connection_id = ${connectionId}::uuid and not t.pending and t.removed_at is null
      and ((t.amount_minor > 0 and a.kind not in ('card', 'loan')) or (t.amount_minor < 0 and a.kind not in ('savings', 'loan')))
      and not exists (
        select from transfer own where own.user_id = t.user_id and own.account_id = t.account_id and own.amount_minor = abs(t.amount_minor)
          and own.created_at > t.booked_on - interval '7 days' and own.created_at < t.booked_on + interval '2 days')
    order by t.booked_on, t.id`;
}
