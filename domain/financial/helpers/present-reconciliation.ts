import type { components } from '#openapi/financial';
import type { BreakRow, ReconciliationRow } from '../services/reconciliations.ts';
import { presentMoney } from './present-money.ts';

type Schemas = components['schemas'];
type BreakSide = Schemas['BreakSide'] | null;

const hourMs = 3_600_000;

export function presentReconciliation(run: ReconciliationRow): Schemas['Reconciliation'] {
  const { id, staffId, checked, matched, inFlight, breaks, reason } = run;
  return {
    id,
    from: run.fromDate.toISOString().slice(0, 10),
    to: run.toDate.toISOString().slice(0, 10),
    startedBy: run.startedBy as Schemas['Reconciliation']['startedBy'],
    staffId,
    status: run.status as Schemas['Reconciliation']['status'],
    checked,
    matched,
    inFlight,
    breaks,
    reason,
    startedAt: run.startedAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
  };
}

export function presentBreak(row: BreakRow, now: Date): Schemas['ReconciliationBreak'] {
  const age = (row.endedAt ?? now).getTime() - row.firstSeenAt.getTime();
  return {
    id: row.id,
    transferId: row.transferId,
    kind: row.kind as Schemas['BreakKind'],
    suggestedCause: row.suggestedCause as Schemas['BreakCause'],
    amount: presentMoney(Number(row.amountMinor), row.currency),
    ledger: row.ledger as BreakSide,
    flagship: row.flagship as BreakSide,
    provider: row.provider as BreakSide,
    status: row.status as Schemas['BreakStatus'],
    ageHours: Math.max(0, Math.floor(age / hourMs)),
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    reconciliationId: row.reconciliationId,
    resolution: presentResolution(row),
  };
}

function presentResolution({ decisionId, staffId, note, endedAt }: BreakRow) {
  if (decisionId === null || staffId === null || note === null || endedAt === null) return null;
  return { decisionId, staffId, note, resolvedAt: endedAt.toISOString() };
}
