import type { Context } from '../context.ts';
import { presentAccount } from '../helpers/present-account.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as suspensions from '../services/suspensions.ts';

export function suspensionControllers(ctx: Context): Pick<SocialHandlers, 'suspendAccount' | 'restoreAccount'> {
  const surroundings = () => ({ mediaBase: ctx.blobs.publicUrl, now: ctx.clock.now() });
  return {
    suspendAccount: async ({ caller, path, body }) => {
      const until = body.until === undefined ? null : new Date(body.until);
      const account = await suspensions.suspendAccount(ctx, caller, {
        ...body,
        userId: path.userId.toLowerCase(),
        until,
      });
      return { status: 200, body: presentAccount(account, surroundings()) };
    },
    restoreAccount: async ({ caller, path, body }) => {
      const account = await suspensions.restoreAccount(ctx, caller, { ...body, userId: path.userId.toLowerCase() });
      return { status: 200, body: presentAccount(account, surroundings()) };
    },
  };
}
