import type { components } from '#openapi/flagship';
import type { AccountRow, BalanceRow, TransactionRow } from '../services/accounts.ts';
import type { ConnectionRow } from '../services/connections.ts';
import { statusOf } from './connection-health.ts';

type Schemas = components['schemas'];
type Shown = Schemas['BankBalance']['status'];

/** One word for what an account's figures are worth. */
function accountStatus(
  account: { status: string },
  connection: Pick<ConnectionRow, 'status' | 'consentExpiresAt'>,
  now: Date,
): Shown {
  if (account.status === 'closed') return 'closed';
  const status = statusOf(connection, now);
  return status === 'active' || status === 'expiring' || status === 'reauth_required' ? status : 'revoked';
}

export function presentAccount(account: AccountRow, now: Date): Schemas['Account'] {
  const { id, connectionId, name, mask, kind, currency, connection } = account;
  return {
    id,
    connectionId,
    institutionName: connection.institutionName ?? '',
    name,
    mask,
    kind: kind as Schemas['Account']['kind'],
    currency,
    status: accountStatus(account, connection, now),
  };
}

export function presentBalance(row: BalanceRow, now: Date): Schemas['BankBalance'] {
  const money = (amountMinor: bigint | null) =>
    amountMinor === null ? null : { amountMinor: Number(amountMinor), currency: row.currency };
  return {
    accountId: row.accountId,
    connectionId: row.connectionId,
    institutionName: row.institutionName ?? '',
    name: row.name,
    mask: row.mask,
    kind: row.kind,
    balance: money(row.booked),
    available: money(row.available),
    asOf: row.asOf.toISOString(),
    status: accountStatus(row, { status: row.connectionStatus, consentExpiresAt: row.consentExpiresAt }, now),
  };
}

/** All balances, and the age of the oldest. */
export function presentBalances(rows: BalanceRow[], now: Date): Schemas['BankBalances'] {
  const items = rows.map((row) => presentBalance(row, now));
  const [oldest = null] = items.map(({ asOf }) => asOf).sort();
  return { items, asOf: oldest };
}

export function presentTransaction(row: TransactionRow, currency: string): Schemas['Transaction'] {
  return {
    id: row.id,
    accountId: row.accountId,
    amount: { amountMinor: Number(row.amountMinor), currency },
    description: row.description,
    bookedOn: row.bookedOn.toISOString().slice(0, 10),
    pending: row.pending,
  };
}
