import { inTransaction } from '#platform/database';
import { problemOf } from '#platform/errors';
import type { Problem } from '#platform/problem';
import type { components } from '#openapi/social';
import type { ReportCase } from '#prisma/admin';
import type { Context, Tx } from '../context.ts';
import { notRemovable, untilNotInFuture } from '../errors.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { addCaseEvent } from './case-history.ts';
import { assertMayWork } from './case-work.ts';
import type { AnswerOf } from './decision-kinds.ts';
import { carryThrough, openDecision } from './decisions.ts';
import type { Decided } from './decisions.ts';
import { getCase, getKnownCase, lockCase, takeOverUnknown } from './report-cases.ts';

type SubjectType = components['schemas']['ReportSubjectType'];

export interface Verdict {
  action: components['schemas']['ReportAction'];
  /** Told to whom it is held against. */
  reason: string;
  ruleIds?: string[] | undefined;
  until?: string | undefined;
  /** For colleagues alone. */
  note?: string | undefined;
}

type CaseDecided = Decided<AnswerOf<'report.decide'>> & { caseId: string };

/**
 * Decides a case, with every report in it. What is decided is carried out by social; the case is closed with the outcome.
 * @throws report_closed, report_claimed, decision_open, not_removable, not_found, and the refusal of social
 */
export async function decideReport(
  ctx: Context,
  caller: StaffCaller,
  { reportId, ...verdict }: Verdict & { reportId: string },
): Promise<CaseDecided> {
  const { id: caseId } = await getCase(ctx, caller, reportId);
  return decideCase(ctx, caller, { caseId, verdict });
}

async function decideCase(
  ctx: Context,
  caller: StaffCaller,
  { caseId, verdict }: { caseId: string; verdict: Verdict },
): Promise<CaseDecided> {
  if (verdict.until !== undefined && !(new Date(verdict.until) > ctx.clock.now())) throw untilNotInFuture();
  const decisionId = await inTransaction(ctx.db, async (tx) => {
    const found = await lockCase(tx, caller, caseId);
    assertMayWork(found, caller);
    if (verdict.action === 'remove_content' && found.subjectType !== 'post') throw notRemovable();
    return openCaseDecision(ctx, tx, caller, { found, verdict });
  });
  return { ...(await carryThrough<AnswerOf<'report.decide'>>(ctx, decisionId)), caseId };
}

/** How the decision on one of several reports went. */
export type BulkResult = { reportId: string } & ({ decided: CaseDecided } | { problem: Problem });

const atOnce = 4;

/** Decides several cases alike, each for itself: what is refused of one leaves the others alone. */
export async function decideReports(
  ctx: Context,
  caller: StaffCaller,
  { reportIds, ...verdict }: Verdict & { reportIds: string[] },
): Promise<BulkResult[]> {
  // Once for all of them: one that is not known even then is not there.
  await takeOverUnknown(ctx, reportIds);
  const results: BulkResult[] = [];
  const waiting = reportIds.entries();
  async function work(): Promise<void> {
    for (const [at, reportId] of waiting) results[at] = await decideOne(ctx, caller, { ...verdict, reportId });
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}

async function decideOne(
  ctx: Context,
  caller: StaffCaller,
  { reportId, ...verdict }: Verdict & { reportId: string },
): Promise<BulkResult> {
  try {
    const { id: caseId } = await getKnownCase(ctx.db, caller, reportId);
    return { reportId, decided: await decideCase(ctx, caller, { caseId, verdict }) };
  } catch (error) {
    const problem = problemOf(error);
    if (!problem) throw error;
    return { reportId, problem };
  }
}

/** Whoever decides has the case from then on, so that nobody else does while it is carried out. */
async function openCaseDecision(
  ctx: Pick<Context, 'clock' | 'queue'>,
  tx: Tx,
  caller: StaffCaller,
  { found, verdict }: { found: ReportCase; verdict: Verdict },
): Promise<string> {
  const { action, reason, ruleIds = [], until, note } = verdict;
  const { id: caseId, subjectType, subjectId, subjectOwnerId } = found;
  if (note !== undefined) await addCaseEvent(tx, { caseId, kind: 'noted', actor: caller, details: { text: note } });
  const subject = { subjectType: subjectType as SubjectType, subjectId, userId: subjectOwnerId };
  const facts = { action, ...subject, ruleIds, ...(until !== undefined && { until }) };
  const decisionId = await openDecision(ctx, tx, caller, { action: 'report.decide', targetId: caseId, reason, facts });
  await tx.reportCase.update({
    where: { id: caseId },
    data: { status: 'claimed', assigneeOid: caller.oid, assigneeName: caller.name, decisionId },
  });
  return decisionId;
}
