import type { components } from '#openapi/flagship';
import type { AccountRow, BalanceRow } from '../services/accounts.ts';
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
  const { id, connectionId, name, mask, kind, currency, connection, balances } = account;
  return {
    id,
    connectionId,
    institutionName: connection.institutionName ?? '',
    name,
    mask,
    kind: kind as Schemas['Account']['kind'],
    currency,
    status: accountStatus(account, connection, now),
    balances: (['booked', 'available'] as const).map((type) => presentTypedBalance(type, currency, balances)),
  };
}

function presentTypedBalance(
  type: Schemas['TypedBalance']['type'],
  currency: string,
  balances: AccountRow['balances'],
): Schemas['TypedBalance'] {
  const told = balances.find((balance) => balance.type === type);
  if (!told) return { type, amount: null, asOf: null, source: null };
  const amount = { amountMinor: Number(told.amountMinor), currency };
  return { type, amount, asOf: told.asOf.toISOString(), source: 'provider' };
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
