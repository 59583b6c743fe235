import type { components } from '#openapi/social';
import type { Report } from '../services/reports.ts';

/** A report as its reporter sees it. */
export type ReportView = components['schemas']['Report'];

export function presentReport(report: Report): ReportView {
  const { id, subjectType, subjectId, category, ruleIds, comment, status, createdAt, resolvedAt } = report;
  return {
    id,
    subject: { type: subjectType, id: subjectId },
    category,
    ruleIds,
    comment,
    status,
    createdAt: createdAt.toISOString(),
    resolvedAt: resolvedAt?.toISOString() ?? null,
  };
}
