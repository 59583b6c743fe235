import { inTransaction } from '#platform/database';
import type { components } from '#openapi/social';
import type { CaseReport, ReportCase } from '#prisma/admin';
import type { Context } from '../context.ts';
import { dueAt, mostUrgent, routeOf } from '../helpers/routing.ts';
import type { Route } from '../helpers/routing.ts';
import { addCaseEvent } from './case-history.ts';

type ReopenContext = Pick<Context, 'db' | 'social'>;
type SubjectType = components['schemas']['ReportSubjectType'];

const casesAtOnce = 20;
const reportsAtMost = 100;

/**
 * Opens decided cases again of which social has an open report: one that came after the decision, or while it was carried
 * out. Those of people who are not listened to do not count.
 */
export async function reopenCases(ctx: ReopenContext, timeoutMs?: number): Promise<void> {
  const marked = await ctx.db.reportCase.findMany({
    where: { status: 'decided', recheckAt: { not: null } },
    orderBy: { recheckAt: 'asc' },
    take: casesAtOnce,
  });
  for (const decided of marked) await recheck(ctx, decided, timeoutMs);
}

async function recheck(ctx: ReopenContext, decided: ReportCase, timeoutMs?: number): Promise<void> {
  const subject = { subjectType: decided.subjectType as SubjectType, subjectId: decided.subjectId };
  const query = { ...subject, limit: reportsAtMost };
  const { body } = await ctx.social.listOpenReports({
    caller: { service: true },
    query,
    ...(timeoutMs && { timeoutMs }),
  });
  const ids = body.items.map(({ id }) => id);
  await inTransaction(ctx.db, async (tx) => {
    // The mark of a report that came meanwhile is another one, and stays.
    const { count } = await tx.reportCase.updateMany({
      where: { id: decided.id, status: 'decided', recheckAt: decided.recheckAt },
      data: { recheckAt: null },
    });
    if (count === 0) return;
    const [first, ...rest] = await tx.caseReport.findMany({
      where: { id: { in: ids }, caseId: decided.id, muted: false },
      orderBy: { reportedAt: 'asc' },
    });
    if (!first) return;
    await tx.reportCase.update({ where: { id: decided.id }, data: reopened(decided, [first, ...rest]) });
    await addCaseEvent(tx, { caseId: decided.id, kind: 'reopened', details: { reportId: first.id } });
  });
}

function reopened({ subjectType }: ReportCase, reports: [CaseReport, ...CaseReport[]]) {
  const route = mostUrgent(reports.map(({ category }) => routeOf({ subjectType, category })) as [Route, ...Route[]]);
  const openedAt = reports[0].reportedAt;
  return {
    ...route,
    status: 'open' as const,
    escalated: false,
    assigneeOid: null,
    assigneeName: null,
    outcome: null,
    decidedAt: null,
    openedAt,
    dueAt: dueAt(openedAt, route.priority),
  };
}
