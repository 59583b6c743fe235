import type { Caller } from '#platform/caller';
import { pageOf } from '#platform/page';
import type { PageRequest } from '#platform/page';
import { Prisma } from '#prisma/flagship';
import type { Account, Balance, Connection } from '#prisma/flagship';
import type { Context } from '../context.ts';
import { readIdCursor } from '../validation/cursors.ts';

/** An account with the connection it came by, and what the bank tells of its balances. */
export type AccountRow = Account & { connection: Connection; balances: Balance[] };

/** What a person took back is shown no more; what a bank ended stays, with its state. */
const shown = { status: { in: ['active', 'reauth_required', 'revoked_at_provider', 'expired'] } };

export async function listAccounts({ db }: Context, { userId }: Caller, { limit, cursor }: PageRequest) {
  const after = readIdCursor(cursor);
  const rows = await db.account.findMany({
    where: { userId, connection: shown, ...(after !== undefined && { id: { gt: after } }) },
    include: { connection: true, balances: true },
    orderBy: { id: 'asc' },
    take: limit + 1,
  });
  return pageOf(rows, limit, ({ id }) => ({ id }));
}

/** A linked account with its balances, as one row. */
export interface BalanceRow {
  accountId: string;
  connectionId: string;
  institutionName: string | null;
  name: string;
  mask: string;
  kind: 'current' | 'savings' | 'card' | 'loan' | 'other';
  currency: string;
  status: string;
  connectionStatus: string;
  consentExpiresAt: Date | null;
  booked: bigint | null;
  available: bigint | null;
  asOf: Date;
}

/** Every linked account of a person with its balances, in one statement. */
export async function listBalances({ db }: Pick<Context, 'db'>, { userId }: Caller): Promise<BalanceRow[]> {
  return db.$queryRaw<BalanceRow[]>`/* listBalances */ ${balanceRows(Prisma.sql`a.user_id = ${userId}::uuid`)}`;
}

/** The same of one connection, to be told to financial. */
export async function listBalancesOfConnection(
  { db }: Pick<Context, 'db'>,
  connectionId: string,
): Promise<BalanceRow[]> {
  return db.$queryRaw<BalanceRow[]>`${balanceRows(Prisma.sql`a.connection_id = ${connectionId}::uuid`)}`;
}

function balanceRows(which: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    select a.id as "accountId", a.connection_id as "connectionId", c.institution_name as "institutionName", a.name, a.mask, a.kind,
      a.currency, a.status, c.status as "connectionStatus", c.consent_expires_at as "consentExpiresAt",
      booked.amount_minor as booked, available.amount_minor as available,
      coalesce(least(booked.as_of, available.as_of), c.last_success_at, c.created_at) as "asOf"
    from account a
    join connection c on c.id = a.connection_id
    left join balance booked on booked.account_id = a.id and booked.type = 'booked'
    left join balance available on available.account_id = a.id and available.type = 'available'
    where ${which} and c.status in ('active', 'reauth_required', 'revoked_at_provider', 'expired')
    order by a.id
    limit 200`;
}
