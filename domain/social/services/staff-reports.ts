import type { Caller } from '#platform/caller';
import { pageOf } from '#platform/page';
import type { PageRequest } from '#platform/page';
import type { Prisma, ReportCategory, ReportStatus, ReportSubject } from '#prisma/social';
import type { Context, Tx } from '../context.ts';
import { notFound, reportClosed } from '../errors.ts';
import { byId, firstIdAt, idAfter, idBefore } from '../helpers/page.ts';
import { decide } from './decisions.ts';
import type { Decision } from './decisions.ts';
import { notify } from './notify.ts';

const withPeople = {
  reporter: { select: { profile: true } },
  subjectOwner: { select: { profile: true } },
} satisfies Prisma.ReportInclude;

export type StaffReportRow = Prisma.ReportGetPayload<{ include: typeof withPeople }>;

interface Filters {
  status?: ReportStatus | undefined;
  category?: ReportCategory | undefined;
  subjectId?: string | undefined;
  subjectOwnerId?: string | undefined;
  reporterId?: string | undefined;
}

/** Newest first; each filter narrows the list. */
export async function listReportsForStaff(
  ctx: Pick<Context, 'db'>,
  { cursor, limit, ...filters }: PageRequest & Filters,
) {
  const given = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
  const rows = await ctx.db.report.findMany({
    where: { ...given, id: { lt: idBefore(cursor) } },
    include: withPeople,
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  return pageOf(rows, limit, byId);
}

interface OpenReports extends PageRequest {
  since?: Date | undefined;
  subjectType?: ReportSubject | undefined;
  subjectId?: string | undefined;
}

/** What is open, oldest first, from a moment on; for the portal, which makes its cases of it. */
export async function listOpenReports(
  ctx: Pick<Context, 'db'>,
  { cursor, limit, since, subjectType, subjectId }: OpenReports,
) {
  const rows = await ctx.db.report.findMany({
    where: {
      status: 'open',
      ...(subjectType !== undefined && { subjectType }),
      ...(subjectId !== undefined && { subjectId }),
      id: { gt: idAfter(cursor), ...(since && { gte: firstIdAt(since) }) },
    },
    orderBy: { id: 'asc' },
    take: limit + 1,
  });
  return pageOf(rows, limit, byId);
}

/** @throws not_found */
export async function getReportForStaff(ctx: Pick<Context, 'db'>, reportId: string): Promise<StaffReportRow> {
  const report = await ctx.db.report.findUnique({ where: { id: reportId }, include: withPeople });
  if (!report) throw notFound();
  return report;
}

/** Closes a report, of which its reporter is told; once for a decision. @throws report_closed, not_found */
export async function resolveReport(
  ctx: Pick<Context, 'db' | 'clock' | 'queue'>,
  caller: Caller,
  { reportId, outcome, ...decision }: Decision & { reportId: string; outcome: 'acted' | 'dismissed' },
): Promise<StaffReportRow> {
  await decide(
    ctx,
    caller,
    { ...decision, action: 'resolve_report', targetId: reportId },
    {
      lock: (tx) => lockReport(tx, reportId),
      async carryOut(tx, { reporterId }) {
        const { count } = await tx.report.updateMany({
          where: { id: reportId, status: 'open' },
          data: { status: outcome, resolvedAt: ctx.clock.now() },
        });
        if (count === 0) throw reportClosed();
        const subject = { type: 'report' as const, id: reportId };
        await notify(tx, ctx, { accountId: reporterId, kind: 'moderation', subject });
      },
    },
  );
  return getReportForStaff(ctx, reportId);
}

async function lockReport(tx: Tx, reportId: string): Promise<{ accountId: string; reporterId: string }> {
  const [report] = await tx.$queryRaw<{ accountId: string; reporterId: string }[]>`
    SELECT subject_owner_id AS "accountId", reporter_id AS "reporterId"
    FROM report WHERE id = ${reportId}::uuid FOR NO KEY UPDATE`;
  if (!report) throw notFound();
  return report;
}
