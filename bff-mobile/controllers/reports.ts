import type { Context } from '../context.ts';
import { forward } from '../helpers/forward.ts';
import type { MobileHandlers } from '../routes/handlers.ts';
import { findPocketShare } from '../services/pocket-share.ts';

type ReportOperation = 'listCommunityRules' | 'createReport' | 'listReports' | 'listSanctions' | 'appealSanction';

export function reportControllers(ctx: Context): Pick<MobileHandlers, ReportOperation> {
  const { social } = ctx;
  const report = forward(social.createReport);
  return {
    listCommunityRules: forward(social.listCommunityRules),
    // Social knows who may see whom; only the financial service knows whose a pocket is, and who may see it.
    createReport: async (call) => {
      const pocketShare = await findPocketShare(ctx, call.caller.userId, call.body.subject);
      return report({ ...call, body: { ...call.body, ...(pocketShare && { pocketShare }) } });
    },
    listReports: forward(social.listReports),
    listSanctions: forward(social.listSanctions),
    appealSanction: forward(social.appealSanction),
  };
}
