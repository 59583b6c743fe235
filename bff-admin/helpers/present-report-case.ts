import type { components } from '#openapi/bff-admin';
import type { CaseEvent } from '../services/case-history.ts';
import type { CaseScreen } from '../services/case-screen.ts';
import type { CaseView } from '../services/report-cases.ts';
import { presentSection } from './present-section.ts';

type Schemas = components['schemas'];

export function presentReportCase(one: CaseView, now: Date): Schemas['ReportCase'] {
  const { assigneeOid, assigneeName, decidedAt } = one;
  return {
    id: one.id,
    subject: { type: one.subjectType as Schemas['ReportCase']['subject']['type'], id: one.subjectId },
    subjectOwnerId: one.subjectOwnerId,
    status: one.status,
    queue: one.queue as Schemas['QueueName'],
    priority: one.priority,
    escalated: one.escalated,
    assignee: assigneeOid === null ? null : { oid: assigneeOid, name: assigneeName ?? '' },
    deciding: one.decisionId !== null,
    outcome: one.outcome,
    decidedAt: decidedAt?.toISOString() ?? null,
    reports: one.reports,
    categories: one.categories as Schemas['ReportCase']['categories'],
    openedAt: one.openedAt.toISOString(),
    dueAt: one.dueAt.toISOString(),
    overdue: (one.status === 'open' || one.status === 'claimed') && one.dueAt < now,
  };
}

export function presentCaseScreen({ found, generatedAt, ...screen }: CaseScreen): Schemas['ReportScreen'] {
  return {
    ...presentReportCase(found, generatedAt),
    generatedAt: generatedAt.toISOString(),
    sections: {
      post: presentSection(screen.post, (post) => ({ post })),
      reports: presentSection(screen.reports, (items) => ({ items })),
      sanctions: presentSection(screen.sanctions, (items) => ({ items, strikes: countStrikes(items, generatedAt) })),
    },
    otherCases: screen.otherCases.map((one) => presentReportCase(one, generatedAt)),
    history: screen.history.map(presentCaseEvent),
  };
}

export function presentCaseEvent({ id, at, kind, actorOid, actorName, details }: CaseEvent): Schemas['CaseEvent'] {
  return {
    id,
    at: at.toISOString(),
    kind,
    actor: actorOid === null ? null : { oid: actorOid, name: actorName ?? '' },
    details: details as Record<string, unknown>,
  };
}

/** What still counts against a person: neither lifted nor run out. */
function countStrikes(sanctions: { liftedAt: string | null; expiresAt: string }[], now: Date): number {
  return sanctions.filter(({ liftedAt, expiresAt }) => liftedAt === null && new Date(expiresAt) > now).length;
}
