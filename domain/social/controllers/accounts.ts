import type { Context } from '../context.ts';
import { presentAccount, presentAccountSummary } from '../helpers/present-account.ts';
import { presentSignedIn } from '../helpers/present-session.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as accounts from '../services/accounts.ts';
import { listAccounts } from '../services/search-accounts.ts';

type Operations = 'registerAccount' | 'listAccounts' | 'getAccount' | 'checkPassword';

export function accountControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  const surroundings = () => ({ mediaBase: ctx.blobs.publicUrl, now: ctx.clock.now() });
  return {
    registerAccount: async ({ body }) => ({
      status: 201,
      body: presentSignedIn(await accounts.registerAccount(ctx, body)),
    }),
    listAccounts: async ({ query }) => {
      const { items, nextCursor } = await listAccounts(ctx, { limit: 20, ...query });
      return {
        status: 200,
        body: { items: items.map((row) => presentAccountSummary(row, surroundings())), nextCursor },
      };
    },
    getAccount: async ({ path }) => ({
      status: 200,
      body: presentAccount(await accounts.getAccount(ctx, path.userId), surroundings()),
    }),
    checkPassword: async ({ caller, body }) => {
      await accounts.checkPassword(ctx, caller, body.password);
      return { status: 204 };
    },
  };
}
