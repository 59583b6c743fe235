/**
 * How reports become cases. Social keeps them; every minute, and whenever somebody reads a queue, those that are new there
 * join the case of their subject here. Taking one over twice changes nothing.
 */
import { inTransaction } from '#platform/database';
import { Problem } from '#platform/problem';
import type { components } from '#openapi/social';
import type { ReportCase } from '#prisma/admin';
import type { Context, Tx } from '../context.ts';
import { dueAt, isMoreUrgent, routeOf } from '../helpers/routing.ts';
import type { Route } from '../helpers/routing.ts';
import { addCaseEvent } from './case-history.ts';
import { isMutedReporter } from './muted-reporters.ts';
import { reopenCases } from './reopen-cases.ts';

type OpenReport = components['schemas']['OpenReport'];
type OpenReportPage = Awaited<ReturnType<Context['social']['listOpenReports']>>['body'];
type IntakeContext = Pick<Context, 'db' | 'clock' | 'social' | 'log'>;

const pageSize = 100;
const service = { service: true } as const;

interface Extent {
  /** From how long before the last one: a report may become visible after later ones, and the clocks of social's processes differ. */
  overlapMs: number;
  pages: number;
  timeoutMs?: number;
}
const whole: Extent = { overlapMs: 30 * 60_000, pages: Infinity };
/** Whoever reads does not wait for all that came while social was away: the job gets that. */
const latest: Extent = { overlapMs: 10_000, pages: 2, timeoutMs: 1_500 };

/** Takes over what is new, from well before where the last time ended. For the job. */
export async function takeOverReports(ctx: IntakeContext): Promise<void> {
  await takeOver(ctx, whole);
}

/** The same for whoever reads a queue, who is shown what is here while social does not answer. */
export async function takeOverLatest(ctx: IntakeContext): Promise<void> {
  try {
    await takeOver(ctx, latest);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    ctx.log.info({ err: error }, 'reports could not be taken over; the job will');
  }
}

async function takeOver(ctx: IntakeContext, { overlapMs, pages, timeoutMs }: Extent): Promise<void> {
  // Not findUnique: Prisma makes one query of those that come together, which it cannot by a boolean.
  const { takenTo } = await ctx.db.reportIntake.findFirstOrThrow();
  const since = takenTo && { since: new Date(takenTo.getTime() - overlapMs).toISOString() };
  let cursor: string | null | undefined;
  for (let taken = 0; taken < pages && cursor !== null; taken += 1) {
    const query = { limit: pageSize, ...since, ...(cursor !== undefined && { cursor }) };
    const page: OpenReportPage = (
      await ctx.social.listOpenReports({ caller: service, query, ...(timeoutMs && { timeoutMs }) })
    ).body;
    await takePage(ctx, page.items);
    cursor = page.nextCursor;
  }
  await reopenCases(ctx, timeoutMs);
}

async function takePage(ctx: IntakeContext, reports: OpenReport[]): Promise<void> {
  const ids = reports.map(({ id }) => id);
  const known = await ctx.db.caseReport.findMany({ where: { id: { in: ids } }, select: { id: true } });
  const knownIds = new Set(known.map(({ id }) => id));
  const fresh = reports.filter(({ id }) => !knownIds.has(id));
  for (const report of fresh) await inTransaction(ctx.db, (tx) => takeReport(ctx, tx, report));
  const last = fresh.at(-1)?.createdAt;
  if (last === undefined) return;
  await ctx.db.$executeRaw`UPDATE report_intake SET taken_to = greatest(taken_to, ${new Date(last)})`;
}

/** Puts a report to the case of its subject, which it makes when there is none. */
async function takeReport({ clock }: Pick<Context, 'clock'>, tx: Tx, report: OpenReport): Promise<void> {
  const muted = await isMutedReporter(tx, report.reporterId, clock.now());
  const route = routeOf({ subjectType: report.subject.type, category: report.category });
  const isFirst = await createCase(tx, report, { route, muted });
  const found = await lockCaseOf(tx, report.subject);
  const { count } = await tx.caseReport.createMany({
    data: {
      id: report.id,
      caseId: found.id,
      reporterId: report.reporterId,
      category: report.category,
      muted,
      reportedAt: new Date(report.createdAt),
    },
    skipDuplicates: true,
  });
  if (count === 0) return;
  const details = { reportId: report.id, category: report.category, muted };
  await addCaseEvent(tx, { caseId: found.id, kind: 'reported', details });
  if (!isFirst && !muted) await joinCase(tx, found, { report, route, now: clock.now() });
}

async function createCase(
  tx: Tx,
  { id, subject, subjectOwnerId, createdAt }: OpenReport,
  { route, muted }: { route: Route; muted: boolean },
): Promise<boolean> {
  const reportedAt = new Date(createdAt);
  const { count } = await tx.reportCase.createMany({
    data: {
      id,
      subjectType: subject.type,
      subjectId: subject.id,
      subjectOwnerId,
      status: muted ? 'muted' : 'open',
      ...route,
      openedAt: reportedAt,
      dueAt: dueAt(reportedAt, route.priority),
    },
    skipDuplicates: true,
  });
  return count === 1;
}

/** One more report of what is known: it may bring the case into a queue, hurry it, or open it again. */
async function joinCase(
  tx: Tx,
  found: ReportCase,
  { report, route, now }: { report: OpenReport; route: Route; now: Date },
): Promise<void> {
  const where = { id: found.id };
  // Whether the report came after the decision, social knows.
  if (found.status === 'decided' || found.decisionId !== null) {
    await tx.reportCase.update({ where, data: { recheckAt: now } });
    return;
  }
  const reportedAt = new Date(report.createdAt);
  const due = dueAt(reportedAt, route.priority);
  if (found.status === 'muted') {
    await tx.reportCase.update({ where, data: { ...route, status: 'open', openedAt: reportedAt, dueAt: due } });
    return;
  }
  if (!isMoreUrgent(route.priority, found.priority)) return;
  // Somebody who works on it goes on; so does what was escalated.
  const queue = found.status === 'open' && !found.escalated ? route.queue : found.queue;
  const sooner = due < found.dueAt ? due : found.dueAt;
  await tx.reportCase.update({ where, data: { queue, priority: route.priority, dueAt: sooner } });
  await addCaseEvent(tx, { caseId: found.id, kind: 'rerouted', details: { queue, priority: route.priority } });
}

async function lockCaseOf(tx: Tx, { type, id }: OpenReport['subject']): Promise<ReportCase> {
  await tx.$queryRaw`
    SELECT id FROM report_case WHERE subject_type = ${type} AND subject_id = ${id}::uuid FOR UPDATE`;
  return tx.reportCase.findUniqueOrThrow({ where: { subjectType_subjectId: { subjectType: type, subjectId: id } } });
}
