import type { Caller } from '#platform/caller';
import type { Context } from '../context.ts';
import { listBalances } from './accounts.ts';
import { listConnections } from './connections.ts';
import { listNewestTransactions } from './transactions.ts';

const connectionsOnScreen = 20;

/** What the money screen shows of a person's banks, as it is stored: three statements, at once. */
export async function getBankScreen(ctx: Context, caller: Caller) {
  const [connections, accounts, transactions] = await Promise.all([
    listConnections(ctx, caller, { limit: connectionsOnScreen, cursor: undefined }),
    listBalances(ctx, caller),
    listNewestTransactions(ctx, caller),
  ]);
  return { connections: connections.items, accounts, transactions };
}
