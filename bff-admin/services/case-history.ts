import { newId } from '#platform/ids';
import type { CaseEvent, CaseEventKind } from '#prisma/admin';
import type { Context, Tx } from '../context.ts';
import type { Details } from './audit-log.ts';

export type { CaseEvent } from '#prisma/admin';

interface NewCaseEvent {
  caseId: string;
  kind: CaseEventKind;
  /** Nobody, for what comes by itself. */
  actor?: { oid: string; name: string } | undefined;
  details?: Details;
  decisionId?: string;
}

const eventsAtMost = 200;

/** Adds to the history of a case, whose row is locked: so the order is that in which it happened. */
export async function addCaseEvent(tx: Tx, event: NewCaseEvent): Promise<CaseEvent> {
  const { caseId, kind, actor, details = {}, decisionId = null } = event;
  return tx.caseEvent.create({
    data: {
      id: newId(),
      caseId,
      kind,
      details,
      decisionId,
      actorOid: actor?.oid ?? null,
      actorName: actor?.name ?? null,
    },
  });
}

/** What happened to a case, the latest first. */
export async function listCaseEvents({ db }: Pick<Context, 'db'>, caseId: string): Promise<CaseEvent[]> {
  return db.caseEvent.findMany({ where: { caseId }, orderBy: { seq: 'desc' }, take: eventsAtMost });
}
