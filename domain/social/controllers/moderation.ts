import type { Context } from '../context.ts';
import { presentAccount } from '../helpers/present-account.ts';
import {
  presentAppealForStaff,
  presentPostForStaff,
  presentReportForStaff,
  presentSanctionForStaff,
} from '../helpers/present-moderation.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as appeals from '../services/appeals.ts';
import * as removals from '../services/removals.ts';
import * as reports from '../services/staff-reports.ts';
import { endAccountSessions } from '../services/suspensions.ts';
import { warnAccount } from '../services/warnings.ts';

type PostOperation = 'getPostForStaff' | 'removePost' | 'restorePost';
type ReportOperation = 'listReportsForStaff' | 'getReportForStaff' | 'resolveReport';
type AccountOperation = 'warnAccount' | 'endAccountSessions' | 'listAppeals' | 'decideAppeal';

/** What staff do about posts, reports and people. (Suspending stands in suspensions.ts.) */
export function moderationControllers(
  ctx: Context,
): Pick<SocialHandlers, PostOperation | ReportOperation | AccountOperation> {
  return { ...postOperations(ctx), ...reportOperations(ctx), ...accountOperations(ctx) };
}

function postOperations(ctx: Context): Pick<SocialHandlers, PostOperation> {
  const shown = (post: removals.StaffPostRow) => ({
    status: 200 as const,
    body: presentPostForStaff(post, ctx.blobs.publicUrl),
  });
  return {
    getPostForStaff: async ({ path }) => shown(await removals.getPostForStaff(ctx, path.postId)),
    removePost: async ({ caller, path, body }) =>
      shown(await removals.removePost(ctx, caller, { ...body, postId: path.postId.toLowerCase() })),
    restorePost: async ({ caller, path, body }) =>
      shown(await removals.restorePost(ctx, caller, { ...body, postId: path.postId.toLowerCase() })),
  };
}

function reportOperations(ctx: Context): Pick<SocialHandlers, ReportOperation> {
  const mediaBase = ctx.blobs.publicUrl;
  const shown = (report: reports.StaffReportRow) => ({
    status: 200 as const,
    body: presentReportForStaff(report, mediaBase),
  });
  return {
    listReportsForStaff: async ({ query }) => {
      const { items, nextCursor } = await reports.listReportsForStaff(ctx, { limit: 20, ...query });
      return {
        status: 200,
        body: { items: items.map((report) => presentReportForStaff(report, mediaBase)), nextCursor },
      };
    },
    getReportForStaff: async ({ path }) => shown(await reports.getReportForStaff(ctx, path.reportId)),
    resolveReport: async ({ caller, path, body }) =>
      shown(await reports.resolveReport(ctx, caller, { ...body, reportId: path.reportId.toLowerCase() })),
  };
}

function accountOperations(ctx: Context): Pick<SocialHandlers, AccountOperation> {
  const mediaBase = ctx.blobs.publicUrl;
  return {
    warnAccount: async ({ caller, path, body }) => {
      const warning = await warnAccount(ctx, caller, { ...body, userId: path.userId.toLowerCase() });
      return { status: 200, body: presentSanctionForStaff(warning, mediaBase) };
    },
    endAccountSessions: async ({ caller, path, body }) => {
      const account = await endAccountSessions(ctx, caller, { ...body, userId: path.userId.toLowerCase() });
      return { status: 200, body: presentAccount(account, { mediaBase, now: ctx.clock.now() }) };
    },
    listAppeals: async ({ query }) => {
      const { items, nextCursor } = await appeals.listAppeals(ctx, { limit: 20, ...query });
      return {
        status: 200,
        body: { items: items.map((appeal) => presentAppealForStaff(appeal, mediaBase)), nextCursor },
      };
    },
    decideAppeal: async ({ caller, path, body }) => {
      const appeal = await appeals.decideAppeal(ctx, caller, { ...body, appealId: path.appealId.toLowerCase() });
      return { status: 200, body: presentAppealForStaff(appeal, mediaBase) };
    },
  };
}
