import { versionTag } from '#platform/etag';
import type { Context } from '../context.ts';
import { presentFeatureFlag } from '../helpers/present-feature-flag.ts';
import { presentProposal } from '../helpers/present-proposal.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import type { AdminHandlers } from '../routes/handlers.ts';
import * as flags from '../services/feature-flags.ts';
import type { FeatureFlag } from '../services/feature-flags.ts';
import { putFeatureFlag } from '../services/put-feature-flag.ts';

type FlagOperation = 'listFeatureFlags' | 'getFeatureFlag' | 'putFeatureFlag' | 'killFeatureFlag' | 'deleteFeatureFlag';

export function featureFlagControllers(ctx: Context): Pick<AdminHandlers, FlagOperation> {
  return {
    listFeatureFlags: async () => ({
      status: 200,
      body: { items: (await flags.listFeatureFlags(ctx)).map(presentFeatureFlag) },
    }),
    getFeatureFlag: async ({ caller, path }) => replyOf(await flags.getFeatureFlag(ctx, path.key), caller),
    putFeatureFlag: async ({ caller, path, body, headers }) => {
      const change = { ...path, ...body, ifMatch: headers['if-match'] };
      const put = await putFeatureFlag(ctx, caller, change);
      if ('flag' in put) return replyOf(put.flag, caller);
      return { status: 202, body: presentProposal({ ...put.proposal, breakGlass: null }, ctx.clock.now()) };
    },
    killFeatureFlag: async ({ caller, path, body }) =>
      replyOf(await flags.killFeatureFlag(ctx, caller, { ...path, ...body }), caller),
    deleteFeatureFlag: async ({ caller, path }) => {
      await flags.deleteFeatureFlag(ctx, caller, path.key);
      return { status: 204 };
    },
  };
}

function replyOf(flag: FeatureFlag, { oid }: StaffCaller) {
  return { status: 200 as const, body: presentFeatureFlag(flag), etag: versionTag(flag.version, oid) };
}
