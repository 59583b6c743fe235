import type { Caller } from '#platform/caller';
import type { Context } from '../context.ts';
import { listSpendParts } from './safe-to-spend.ts';
import { listTransfers } from './transfers.ts';

const transfersOnScreen = 20;

/** The ledger's part of the money screen: three statements, at once. */
export async function getMoneyScreen(ctx: Pick<Context, 'db' | 'clock'>, caller: Caller) {
  const [parts, transfers, accounts] = await Promise.all([
    listSpendParts(ctx, caller),
    listTransfers(ctx, caller, { limit: transfersOnScreen, cursor: undefined }),
    lastKnownAccounts(ctx, caller),
  ]);
  return { parts, transfers, accounts };
}

/** The contract's BankBalances, as PostgreSQL wrote it. */
async function lastKnownAccounts({ db }: Pick<Context, 'db'>, { userId }: Caller): Promise<string> {
  const [row] = await db.$queryRaw<[{ accounts: string }]>`
    /* lastKnownAccounts */ select bank_balances(${userId}::uuid)::text as accounts`;
  return row.accounts;
}
