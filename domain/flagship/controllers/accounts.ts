import type { Context } from '../context.ts';
import { presentAccount, presentBalances } from '../helpers/present-account.ts';
import type { FlagshipHandlers } from '../routes/handlers.ts';
import * as accounts from '../services/accounts.ts';

export function accountControllers(ctx: Context): Pick<FlagshipHandlers, 'listAccounts' | 'listBalances'> {
  return {
    listAccounts: async ({ caller, query }) => {
      const { items, nextCursor } = await accounts.listAccounts(ctx, caller, { ...query, limit: query.limit ?? 20 });
      const now = ctx.clock.now();
      return { status: 200, body: { items: items.map((account) => presentAccount(account, now)), nextCursor } };
    },
    listBalances: async ({ caller }) => ({
      status: 200,
      body: presentBalances(await accounts.listBalances(ctx, caller), ctx.clock.now()),
    }),
  };
}
