import type { components } from '#openapi/bff-admin';
import type { AuditLine } from '../services/audit-log.ts';

/** A line as callers see it: with the outcome of the line that closed it, under its own hash. */
export function presentAuditEvent(line: AuditLine): components['schemas']['AuditEvent'] {
  const { actorOid, actorTid, actorName, actorAppId, actorRoles, closedBy } = line;
  return {
    id: line.id,
    seq: Number(line.seq),
    at: line.at.toISOString(),
    actor: { oid: actorOid, tid: actorTid, name: actorName, appId: actorAppId, roles: actorRoles },
    action: line.action,
    targetType: line.targetType,
    targetId: line.targetId,
    reason: line.reason,
    outcome: (closedBy ?? line).outcome as 'pending' | 'done' | 'refused',
    closedAt: closedBy?.at.toISOString() ?? null,
    details: { ...(line.details as object), ...(closedBy?.details as object | undefined) },
    traceId: line.traceId,
    prevHash: line.prevHash,
    hash: line.hash,
  };
}
