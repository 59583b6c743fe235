import { cursorForms, decodeCursor } from '#platform/cursor';
import { pageOf } from '#platform/page';
import type { PageRequest } from '#platform/page';
import type { CaseStatus, Prisma, ReportCase } from '#prisma/admin';
import type { Context, Tx } from '../context.ts';
import { caseNotFound, decisionOpen } from '../errors.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';
import { assertSees, scopeOf } from './queues.ts';
import { takeOverLatest } from './report-intake.ts';

/** A case with what its reports come to. */
export interface CaseView extends ReportCase {
  reports: number;
  categories: string[];
}

interface Filter {
  status?: CaseStatus | undefined;
  queue?: string | undefined;
  /** An `oid`, or `me`. */
  assignee?: string | undefined;
  overdue?: boolean | undefined;
  userId?: string | undefined;
}

/** The cases that wait, the one that is due first first; with a status, those. What is new is taken over before. */
export async function listReports(
  ctx: Pick<Context, 'db' | 'clock' | 'social' | 'log'>,
  caller: StaffCaller,
  { limit, cursor, ...filter }: PageRequest & Filter,
) {
  await takeOverLatest(ctx);
  const details = { ...whatWasAsked(filter) };
  await writeAuditEvent(ctx.db, caller, { action: 'report.list', details });
  const scope = await scopeOf(ctx.db, caller);
  const rows = await ctx.db.reportCase.findMany({
    where: {
      AND: [
        whereOf(filter, { oid: caller.oid, now: ctx.clock.now() }),
        scope === undefined ? {} : { queue: { in: scope } },
        cursor === undefined ? {} : after(cursor),
      ],
    },
    orderBy: [{ dueAt: 'asc' }, { id: 'asc' }],
    take: limit + 1,
  });
  const page = pageOf(rows, limit, ({ dueAt, id }) => ({ at: dueAt.toISOString(), id }));
  return { items: await withReports(ctx.db, page.items), nextCursor: page.nextCursor };
}

/** Adds what the reports of each case come to. */
export async function withReports(db: Tx, cases: ReportCase[]): Promise<CaseView[]> {
  const rows = await db.caseReport.groupBy({
    by: ['caseId', 'category'],
    where: { caseId: { in: cases.map(({ id }) => id) } },
    orderBy: [{ caseId: 'asc' }, { category: 'asc' }],
    _count: true,
  });
  return cases.map((one) => {
    const own = rows.filter(({ caseId }) => caseId === one.id);
    return {
      ...one,
      reports: own.reduce((sum, { _count }) => sum + _count, 0),
      categories: own.map(({ category }) => category),
    };
  });
}

/** The case of a report, known by any of its reports. @throws not_found, for what waits in another queue as well */
export async function getCase(
  ctx: Pick<Context, 'db' | 'clock' | 'social' | 'log'>,
  caller: StaffCaller,
  reportId: string,
): Promise<ReportCase> {
  await takeOverUnknown(ctx, [reportId]);
  return getKnownCase(ctx.db, caller, reportId);
}

/** The same of what has been taken over. @throws not_found */
export async function getKnownCase(db: Tx, caller: StaffCaller, reportId: string): Promise<ReportCase> {
  const report = await db.caseReport.findUnique({ where: { id: reportId }, include: { case: true } });
  if (!report) throw caseNotFound();
  await assertSees(db, caller, report.case.queue);
  return report.case;
}

/** Takes over what is new, when any of these reports is. */
export async function takeOverUnknown(
  ctx: Pick<Context, 'db' | 'clock' | 'social' | 'log'>,
  reportIds: string[],
): Promise<void> {
  const known = await ctx.db.caseReport.count({ where: { id: { in: reportIds } } });
  if (known < new Set(reportIds).size) await takeOverLatest(ctx);
}

/** The case, locked for a change. @throws not_found; decision_open while one is carried out */
export async function lockCase(tx: Tx, caller: StaffCaller, caseId: string): Promise<ReportCase> {
  await tx.$queryRaw`SELECT id FROM report_case WHERE id = ${caseId}::uuid FOR UPDATE`;
  const found = await tx.reportCase.findUniqueOrThrow({ where: { id: caseId } });
  await assertSees(tx, caller, found.queue);
  if (found.decisionId !== null) throw decisionOpen();
  return found;
}

function whereOf(
  { status, queue, assignee, overdue, userId }: Filter,
  { oid, now }: { oid: string; now: Date },
): Prisma.ReportCaseWhereInput {
  return {
    status: status ?? { in: overdue === true ? ['open', 'claimed'] : ['open', 'claimed', 'decided'] },
    ...(queue !== undefined && { queue }),
    ...(assignee !== undefined && { assigneeOid: assignee === 'me' ? oid : assignee }),
    ...(userId !== undefined && { subjectOwnerId: userId }),
    ...(overdue === true && { dueAt: { lt: now } }),
    ...(overdue === false && { dueAt: { gte: now } }),
  };
}

function whatWasAsked(filter: Filter): Record<string, string | boolean> {
  return Object.fromEntries(
    Object.entries(filter).flatMap(([name, value]: [string, string | boolean | undefined]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

function after(cursor: string): Prisma.ReportCaseWhereInput {
  const { at, id } = decodeCursor(cursor, { at: cursorForms.time, id: cursorForms.id });
  const dueAt = new Date(at);
  return { OR: [{ dueAt: { gt: dueAt } }, { dueAt, id: { gt: id } }] };
}
