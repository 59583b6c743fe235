import { replayedHeader } from '#platform/idempotency';
import type { components } from '#openapi/bff-admin';
import type { Context } from '../context.ts';
import { presentCaseScreen, presentReportCase } from '../helpers/present-report-case.ts';
import type { AdminHandlers } from '../routes/handlers.ts';
import { decideReport, decideReports } from '../services/case-decisions.ts';
import type { BulkResult } from '../services/case-decisions.ts';
import { getReport } from '../services/case-screen.ts';
import * as work from '../services/case-work.ts';
import { listReports } from '../services/report-cases.ts';
import type { CaseView } from '../services/report-cases.ts';

type Read = 'listReports' | 'getReport';
type Work = 'claimReport' | 'releaseReport' | 'escalateReport' | 'addReportNote';
type Decide = 'decideReport' | 'decideReports';

export function reportControllers(ctx: Context): Pick<AdminHandlers, Read | Work | Decide> {
  return { ...readOperations(ctx), ...workOperations(ctx), ...decideOperations(ctx) };
}

function readOperations(ctx: Context): Pick<AdminHandlers, Read> {
  return {
    listReports: async ({ caller, query }) => {
      const { items, nextCursor } = await listReports(ctx, caller, { limit: 20, ...query });
      const now = ctx.clock.now();
      return { status: 200, body: { items: items.map((one) => presentReportCase(one, now)), nextCursor } };
    },
    getReport: async ({ caller, path }) => ({
      status: 200,
      body: presentCaseScreen(await getReport(ctx, caller, path.reportId)),
    }),
  };
}

function workOperations(ctx: Context): Pick<AdminHandlers, Work> {
  const shown = (one: CaseView) => ({ status: 200 as const, body: presentReportCase(one, ctx.clock.now()) });
  return {
    claimReport: async ({ caller, path }) => shown(await work.claimReport(ctx, caller, path.reportId)),
    releaseReport: async ({ caller, path }) => shown(await work.releaseReport(ctx, caller, path.reportId)),
    escalateReport: async ({ caller, path, body }) =>
      shown(await work.escalateReport(ctx, caller, { ...path, reason: body.reason })),
    addReportNote: async ({ caller, path, body, headers }) => {
      const note = { ...path, key: headers['idempotency-key'], text: body.text };
      const added = await work.addReportNote(ctx, caller, note);
      return { status: 201, body: added.body, headers: replayedHeader(added) };
    },
  };
}

function decideOperations(ctx: Context): Pick<AdminHandlers, Decide> {
  return {
    decideReport: async ({ caller, path, body }) => {
      const { decisionId, outcome, caseId } = await decideReport(ctx, caller, { ...path, ...body });
      if (outcome === 'pending') return { status: 202, body: { decisionId, reportId: caseId, outcome } };
      return { status: 200, body: { decisionId, reportId: caseId, outcome, action: body.action } };
    },
    decideReports: async ({ caller, body }) => ({
      status: 207,
      body: { items: (await decideReports(ctx, caller, body)).map(presentBulkResult) },
    }),
  };
}

function presentBulkResult(result: BulkResult): components['schemas']['BulkDecisionItem'] {
  const { reportId } = result;
  if ('decided' in result) {
    const { decisionId, outcome } = result.decided;
    return { reportId, status: outcome === 'done' ? 200 : 202, outcome, decisionId };
  }
  const { status, code, title, detail, retryable } = result.problem;
  return { reportId, status, problem: { code, title, retryable, ...(detail !== undefined && { detail }) } };
}
