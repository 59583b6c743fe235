import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';
import { closeAccount } from '../services/closing.ts';

type MeOperation = 'getMe' | 'updateMe' | 'closeAccount' | 'createExport' | 'getExport';

export function meControllers(ctx: Context): Pick<MobileHandlers, MeOperation> {
  const { social } = ctx;
  return {
    getMe: forward(social.getMe),
    updateMe: forward(social.updateMe),
    closeAccount: async ({ caller, headers }) => ({
      status: 202,
      body: await closeAccount(ctx, caller.session, headers['x-step-up']),
    }),
    createExport: forward(social.createExport),
    getExport: forward(social.getExport),
  };
}
