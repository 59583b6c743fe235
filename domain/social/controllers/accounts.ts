import type { Context } from '../context.ts';
import { presentAccount, presentAccountSummary } from '../helpers/present-account.ts';
import { presentSessionForStaff, presentSignedIn } from '../helpers/present-session.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as accounts from '../services/accounts.ts';
import { listAccounts } from '../services/search-accounts.ts';
import { listSessionsForStaff } from '../services/staff-sessions.ts';

type Operations = 'registerAccount' | 'listAccounts' | 'getAccount' | 'listSessionsForStaff' | 'checkPassword';

export function accountControllers(ctx: Context): Pick<SocialHandlers, Operations> {
  const surroundings = () => ({ mediaBase: ctx.blobs.publicUrl, now: ctx.clock.now() });
  return {
    registerAccount: async ({ body }) => ({
      status: 201,
      body: presentSignedIn(await accounts.registerAccount(ctx, body)),
    }),
    listAccounts: async ({ query: { createdFrom: moment, ...query } }) => {
      const createdFrom = moment === undefined ? undefined : new Date(moment);
      const { items, nextCursor } = await listAccounts(ctx, { limit: 20, ...query, createdFrom });
      return {
        status: 200,
        body: { items: items.map((row) => presentAccountSummary(row, surroundings())), nextCursor },
      };
    },
    getAccount: async ({ path }) => ({
      status: 200,
      body: presentAccount(await accounts.getAccount(ctx, path.userId), surroundings()),
    }),
    listSessionsForStaff: async ({ path }) => {
      const sessions = await listSessionsForStaff(ctx, path.userId);
      return { status: 200, body: { items: sessions.map(presentSessionForStaff) } };
    },
    checkPassword: async ({ caller, body }) => {
      await accounts.checkPassword(ctx, caller, body.password);
      return { status: 204 };
    },
  };
}
