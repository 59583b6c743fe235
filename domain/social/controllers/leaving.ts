import { replayedHeader } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { presentExport } from '../helpers/present-export.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as closures from '../services/closures.ts';
import * as exports_ from '../services/exports.ts';

export function leavingControllers(ctx: Context): Pick<SocialHandlers, 'closeAccount' | 'createExport' | 'getExport'> {
  return {
    closeAccount: async ({ caller }) => {
      const effectiveAt = await closures.closeAccount(ctx, caller);
      return { status: 202, body: { effectiveAt: effectiveAt.toISOString() } };
    },
    createExport: async ({ caller, headers }) => {
      const outcome = await exports_.createExport(ctx, caller, { key: headers['idempotency-key'] });
      return { status: 202, headers: replayedHeader(outcome), body: outcome.body };
    },
    getExport: async ({ caller, path }) => {
      const { made, ...surroundings } = await exports_.getExport(ctx, caller, path.exportId);
      return { status: 200, body: presentExport(made, surroundings) };
    },
  };
}
