import type { Context } from '../context.ts';
import { presentAccount } from '../helpers/present-account.ts';
import {
  presentAppealForStaff,
  presentOpenReport,
  presentPostForStaff,
  presentReportForStaff,
  presentSanctionForStaff,
} from '../helpers/present-moderation.ts';
import type { SocialHandlers } from '../routes/handlers.ts';
import * as appeals from '../services/appeals.ts';
import * as removals from '../services/removals.ts';
import { decideReports } from '../services/report-decisions.ts';
import * as reports from '../services/staff-reports.ts';
import { listSanctionsForStaff } from '../services/staff-sanctions.ts';
import { endAccountSessions } from '../services/suspensions.ts';
import { warnAccount } from '../services/warnings.ts';

type PostOperation = 'getPostForStaff' | 'removePost' | 'restorePost';
type ReportOperation = 'listReportsForStaff' | 'getReportForStaff' | 'resolveReport';
type SubjectOperation = 'listOpenReports' | 'decideReports';
type AccountOperation = 'warnAccount' | 'endAccountSessions' | 'listSanctionsForStaff' | 'listAppeals' | 'decideAppeal';

/** What staff do about posts, reports and people. (Suspending stands in suspensions.ts.) */
export function moderationControllers(
  ctx: Context,
): Pick<SocialHandlers, PostOperation | ReportOperation | SubjectOperation | AccountOperation> {
  return { ...postOperations(ctx), ...reportOperations(ctx), ...subjectOperations(ctx), ...accountOperations(ctx) };
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

function subjectOperations(ctx: Context): Pick<SocialHandlers, SubjectOperation> {
  return {
    listOpenReports: async ({ query: { since, ...query } }) => {
      const from = since === undefined ? undefined : new Date(since);
      const { items, nextCursor } = await reports.listOpenReports(ctx, { limit: 20, ...query, since: from });
      return { status: 200, body: { items: items.map(presentOpenReport), nextCursor } };
    },
    decideReports: async ({ caller, path, body }) => {
      const subject = { type: path.subjectType, id: path.subjectId.toLowerCase() };
      const until = body.until === undefined ? null : new Date(body.until);
      await decideReports(ctx, caller, { ...body, subject, until });
      const { decisionId, action } = body;
      return { status: 200, body: { decisionId, subject, action } };
    },
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
    listSanctionsForStaff: async ({ query }) => {
      const { items, nextCursor } = await listSanctionsForStaff(ctx, { limit: 20, ...query });
      const shown = items.map((sanction) => presentSanctionForStaff(sanction, mediaBase));
      return { status: 200, body: { items: shown, nextCursor } };
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
