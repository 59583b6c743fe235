/** The columns of each exported list, and how one of its items becomes a row. */
import type { components as Financial } from '#openapi/financial';
import type { components as Social } from '#openapi/social';
import type { AuditLine } from '../services/audit-log.ts';
import type { CountedCase } from '../services/export-kinds.ts';
import { presentAuditEvent } from './present-audit-event.ts';

/** Numbers are sums and counts; everything else is text. */
export type Cell = string | number | null;

export const userColumns = ['id', 'handle', 'displayName', 'email', 'status', 'createdAt'];

export function userRow(user: Social['schemas']['AccountSummary']): Cell[] {
  return [user.id, user.handle, user.displayName, user.email, user.status, user.createdAt];
}

/** Who reported is left out: a file goes further than the portal does. */
export const reportColumns = [
  ...['id', 'subjectType', 'subjectId', 'subjectOwnerId', 'status', 'queue', 'priority', 'escalated'],
  ...['assigneeOid', 'assigneeName', 'outcome', 'openedAt', 'dueAt', 'decidedAt', 'reports'],
];

export function reportRow(one: CountedCase): Cell[] {
  return [
    ...[one.id, one.subjectType, one.subjectId, one.subjectOwnerId, one.status, one.queue, one.priority],
    ...[String(one.escalated), one.assigneeOid, one.assigneeName, one.outcome, one.openedAt.toISOString()],
    ...[one.dueAt.toISOString(), one.decidedAt?.toISOString() ?? null, one._count.reports],
  ];
}

export const transferColumns = [
  ...['id', 'userId', 'direction', 'status', 'accountId', 'amountMinor', 'currency', 'reason'],
  ...['valueDate', 'createdAt', 'updatedAt'],
];

export function transferRow(transfer: Financial['schemas']['StaffTransfer']): Cell[] {
  const { amountMinor, currency } = transfer.amount;
  return [
    ...[transfer.id, transfer.userId, transfer.direction, transfer.status, transfer.accountId, amountMinor, currency],
    ...[transfer.reason, transfer.valueDate, transfer.createdAt, transfer.updatedAt],
  ];
}

export const ledgerColumns = [
  ...['accountId', 'seq', 'transactionId', 'kind', 'source', 'amountMinor', 'currency', 'balanceAfterMinor'],
  ...['transferId', 'reversesId', 'bookedAt'],
];

export function ledgerRow(accountId: string): (entry: Financial['schemas']['LedgerEntry']) => Cell[] {
  return (entry) => {
    const { amountMinor, currency } = entry.amount;
    return [
      ...[accountId, entry.seq, entry.transactionId, entry.kind, entry.source, amountMinor, currency],
      ...[entry.balanceAfterMinor, entry.transferId, entry.reversesId, entry.bookedAt],
    ];
  };
}

export const auditColumns = [
  ...['seq', 'id', 'at', 'closedAt', 'actorOid', 'actorTid', 'actorName', 'actorAppId', 'actorRoles', 'action'],
  ...['targetType', 'targetId', 'reason', 'outcome', 'details', 'traceId', 'prevHash', 'hash'],
];

export function auditRow(line: AuditLine): Cell[] {
  const { actor, ...event } = presentAuditEvent(line);
  return [
    ...[event.seq, event.id, event.at, event.closedAt, actor.oid, actor.tid, actor.name, actor.appId],
    ...[actor.roles.join(' '), event.action, event.targetType, event.targetId, event.reason, event.outcome],
    ...[JSON.stringify(event.details), event.traceId, event.prevHash, event.hash],
  ];
}
