/** The books and the provider, as financial and flagship show them to staff. A look at what is a person's is written down first. */
import type { components, operations } from '#openapi/financial';
import type { Context } from '../context.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';
import { decide } from './decisions.ts';

type Query<Operation extends keyof operations> = NonNullable<operations[Operation]['parameters']['query']>;
type Using = Pick<Context, 'db' | 'financial'>;

const dayMs = 86_400_000;

export async function getTrialBalance({ financial }: Using, caller: StaffCaller) {
  return (await financial.getTrialBalance(asStaff(caller))).body;
}

/** @throws not_found */
export async function listLedgerEntries(
  { db, financial }: Using,
  caller: StaffCaller,
  { accountId, query }: { accountId: string; query: Query<'listLedgerEntries'> },
) {
  await writeAuditEvent(db, caller, {
    action: 'ledger_account.view',
    target: { type: 'ledger_account', id: accountId },
  });
  return (await financial.listLedgerEntries({ ...asStaff(caller), path: { ledgerAccountId: accountId }, query })).body;
}

export async function listTransfers(
  { db, financial }: Using,
  caller: StaffCaller,
  query: Query<'listTransfersForStaff'>,
) {
  await writeAuditEvent(db, caller, { action: 'transfer.search', details: { status: query.status ?? null } });
  return (await financial.listTransfersForStaff({ ...asStaff(caller), query })).body;
}

export async function listReconciliations(
  { financial }: Using,
  caller: StaffCaller,
  query: Query<'listReconciliations'>,
) {
  return (await financial.listReconciliations({ ...asStaff(caller), query })).body;
}

/** @throws not_found */
export async function getReconciliation({ financial }: Using, caller: StaffCaller, reconciliationId: string) {
  return (await financial.getReconciliation({ ...asStaff(caller), path: { reconciliationId } })).body;
}

/** Has the days compared, by default yesterday and today. @throws decision_open, reconciliation_period_unfit */
export async function createReconciliation(
  ctx: Context,
  caller: StaffCaller,
  { from, to, reason = 'Asked for by hand' }: { from?: string; to?: string; reason?: string },
) {
  const days = { from: from ?? to ?? dayBefore(ctx, 1), to: to ?? from ?? dayBefore(ctx, 0) };
  const targetId = `${days.from} ${days.to}`;
  return decide(ctx, caller, { action: 'reconciliation.run', targetId, reason, facts: days });
}

export async function listReconciliationBreaks(
  { db, financial }: Using,
  caller: StaffCaller,
  query: Query<'listReconciliationBreaks'>,
) {
  await writeAuditEvent(db, caller, {
    action: 'reconciliation_break.search',
    details: { status: query.status ?? null },
  });
  return (await financial.listReconciliationBreaks({ ...asStaff(caller), query })).body;
}

/** @throws decision_open, not_found, break_not_open */
export async function resolveReconciliationBreak(
  ctx: Context,
  caller: StaffCaller,
  { breakId, note }: { breakId: string; note: string },
) {
  return decide(ctx, caller, { action: 'reconciliation_break.resolve', targetId: breakId, reason: note, facts: {} });
}

export async function getProviderHealth({ flagship }: Pick<Context, 'flagship'>, caller: StaffCaller) {
  return (await flagship.getProviderHealth(asStaff(caller))).body;
}

export type Reconciliation = components['schemas']['Reconciliation'];
export type ReconciliationBreak = components['schemas']['ReconciliationBreak'];

function asStaff({ oid }: StaffCaller) {
  return { caller: { staffId: oid } };
}

function dayBefore({ clock }: Pick<Context, 'clock'>, days: number): string {
  return new Date(clock.now().getTime() - days * dayMs).toISOString().slice(0, 10);
}
