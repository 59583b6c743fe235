import type { CaseOutcome } from '#prisma/admin';
import type { Tx } from '../context.ts';
import { addCaseEvent } from './case-history.ts';
import type { Closed } from './decision-kinds.ts';

const outcomes: Record<string, CaseOutcome> = {
  dismiss: 'dismissed',
  remove_content: 'removed',
  warn: 'warned',
  suspend: 'suspended',
};

/** Closes a case with its decision. One that was refused leaves the case to whoever decided, unless nothing is left of it. */
export async function closeCase(tx: Tx, closed: Closed): Promise<void> {
  const { decisionId, targetId: caseId, outcome, facts, code } = closed;
  if (outcome === 'done') {
    await settleCase(tx, closed, outcomes[String(facts['action'])] ?? 'dismissed');
  } else if (code === 'not_found') {
    await settleCase(tx, closed, 'gone');
  } else {
    await tx.reportCase.updateMany({ where: { id: caseId, decisionId }, data: { decisionId: null } });
  }
  await addCaseEvent(tx, {
    caseId,
    kind: outcome === 'done' ? 'decided' : 'refused',
    actor: deciderOf(closed),
    decisionId,
    details: outcome === 'done' ? { ...facts, reason: closed.reason } : { code: code ?? null },
  });
}

/** A report may have come since social acted: it is asked once more. */
async function settleCase(tx: Tx, { decisionId, targetId }: Closed, outcome: CaseOutcome): Promise<void> {
  await tx.$executeRaw`
    UPDATE report_case
    SET status = 'decided', outcome = ${outcome}::case_outcome, decided_at = now(), recheck_at = now(), decision_id = NULL
    WHERE id = ${targetId}::uuid AND decision_id = ${decisionId}::uuid`;
}

/** Writes to the case behind a sanction what became of the appeal against it. */
export async function tellCaseOfAppeal(tx: Tx, closed: Closed, sanctionDecisionId: string): Promise<void> {
  const decided = await tx.caseEvent.findFirst({ where: { decisionId: sanctionDecisionId, kind: 'decided' } });
  if (!decided || closed.outcome !== 'done') return;
  const { caseId } = decided;
  await tx.$queryRaw`SELECT id FROM report_case WHERE id = ${caseId}::uuid FOR UPDATE`;
  await addCaseEvent(tx, {
    caseId,
    kind: closed.facts['outcome'] === 'upheld' ? 'upheld' : 'overturned',
    actor: deciderOf(closed),
    decisionId: closed.decisionId,
    details: { reason: closed.reason, appealId: closed.targetId },
  });
}

function deciderOf({ staffId, staffName }: Closed): { oid: string; name: string } {
  return { oid: staffId, name: staffName };
}
