/** What staff do with a case until it is decided. Each step is written to its history and to the audit log. */
import { inTransaction } from '#platform/database';
import { idempotent } from '#platform/idempotency';
import type { CaseEventKind, Prisma, ReportCase } from '#prisma/admin';
import type { Context, Tx } from '../context.ts';
import { reportClaimed, reportClosed, reportEscalated, reportNotClaimed } from '../errors.ts';
import { presentCaseEvent } from '../helpers/present-report-case.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';
import { addCaseEvent } from './case-history.ts';
import { getCase, lockCase, withReports } from './report-cases.ts';
import type { CaseView } from './report-cases.ts';

type WorkContext = Pick<Context, 'db' | 'clock' | 'social' | 'log'>;

/** Takes a case on; of two at once one gets it. @throws report_claimed, report_closed, decision_open, not_found */
export async function claimReport(ctx: WorkContext, caller: StaffCaller, reportId: string): Promise<CaseView> {
  return step(ctx, caller, reportId, (found) => {
    if (found.status === 'decided') throw reportClosed();
    if (found.status === 'claimed') throw reportClaimed(found.assigneeName);
    return {
      kind: 'claimed',
      action: 'report.claim',
      change: { status: 'claimed', assigneeOid: caller.oid, assigneeName: caller.name },
    };
  });
}

/** Gives a case back to its queue: whoever works on it, or Admin. @throws report_not_claimed, decision_open, not_found */
export async function releaseReport(ctx: WorkContext, caller: StaffCaller, reportId: string): Promise<CaseView> {
  return step(ctx, caller, reportId, (found) => {
    const may = found.assigneeOid === caller.oid || caller.roles.includes('Admin');
    if (found.status !== 'claimed' || !may) throw reportNotClaimed();
    return { kind: 'released', action: 'report.release', change: unassigned };
  });
}

/** Passes a case on to those who decide what others would not. @throws report_claimed, report_closed, report_escalated, not_found */
export async function escalateReport(
  ctx: WorkContext,
  caller: StaffCaller,
  { reportId, reason }: { reportId: string; reason: string },
): Promise<CaseView> {
  return step(ctx, caller, reportId, (found) => {
    assertMayWork(found, caller);
    if (found.escalated) throw reportEscalated();
    return {
      kind: 'escalated',
      action: 'report.escalate',
      reason,
      change: { ...unassigned, queue: 'escalations', escalated: true },
    };
  });
}

/** Writes something down for colleagues; nobody else ever sees it. @throws not_found */
export async function addReportNote(
  ctx: WorkContext,
  caller: StaffCaller,
  { key, reportId, text }: { key: string | undefined; reportId: string; text: string },
) {
  const { id: caseId } = await getCase(ctx, caller, reportId);
  const scope = { ownerId: caller.oid, operation: 'addReportNote', key, request: { caseId, text } };
  return idempotent(ctx.db, scope, async (tx) => {
    const event = await addCaseEvent(tx, { caseId, kind: 'noted', actor: caller, details: { text } });
    await writeAuditEvent(tx, caller, { action: 'report.note', target: { type: 'report', id: caseId } });
    return { status: 201, body: presentCaseEvent(event) };
  });
}

/** Decided is decided, and nobody works on what is another's. @throws report_closed, report_claimed */
export function assertMayWork({ status, assigneeOid, assigneeName }: ReportCase, { oid }: StaffCaller): void {
  if (status === 'decided') throw reportClosed();
  if (status === 'claimed' && assigneeOid !== oid) throw reportClaimed(assigneeName);
}

const unassigned = { status: 'open', assigneeOid: null, assigneeName: null } as const;

interface Step {
  kind: CaseEventKind;
  action: string;
  reason?: string;
  change: Prisma.ReportCaseUpdateInput;
}

/** One step with a case: judged under its lock, so that of two at once the second sees the first. */
async function step(
  ctx: WorkContext,
  caller: StaffCaller,
  reportId: string,
  judge: (found: ReportCase) => Step,
): Promise<CaseView> {
  const { id } = await getCase(ctx, caller, reportId);
  const changed = await inTransaction(ctx.db, async (tx) => {
    const { change, ...told } = judge(await lockCase(tx, caller, id));
    const row = await tx.reportCase.update({ where: { id }, data: change });
    await tell(tx, caller, id, told);
    return row;
  });
  const [view] = await withReports(ctx.db, [changed]);
  return view ?? { ...changed, reports: 0, categories: [] };
}

async function tell(tx: Tx, caller: StaffCaller, caseId: string, { kind, action, reason }: Omit<Step, 'change'>) {
  const why = reason === undefined ? {} : { reason };
  await addCaseEvent(tx, { caseId, kind, actor: caller, details: why });
  await writeAuditEvent(tx, caller, { action, target: { type: 'report', id: caseId }, ...why });
}
