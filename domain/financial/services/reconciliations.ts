import type { Caller } from '#platform/caller';
import { cursorForms, decodeCursor } from '#platform/cursor';
import { inTransaction } from '#platform/database';
import { newId } from '#platform/ids';
import { createQueue } from '#platform/jobs';
import { pageOf } from '#platform/page';
import type { ReconBreak, Reconciliation } from '#prisma/financial';
import type { Context, Tx } from '../context.ts';
import { breakNotOpen, decisionReused, notFound, reconciliationPeriodUnfit, reconciliationRunning } from '../errors.ts';
import type { FinancialJobs } from '../jobs/jobs.ts';

export type ReconciliationRow = Reconciliation;
export type BreakRow = ReconBreak;
type Using = Pick<Context, 'db' | 'clock'>;

interface PageOf {
  limit: number;
  cursor: string | undefined;
}
interface Days {
  /** ISO dates, both included. */
  from: string;
  to: string;
}

const dayMs = 86_400_000;
const mostDays = 31;
/** One that has not ended by then never will: its worker and its tries are gone. */
const longestMs = 3_600_000;
export const runTries = 5;

const queue = createQueue<FinancialJobs>('financial_jobs');

/** Starts one now, under the id of the decision when staff have decided it. @throws decision_reused, reconciliation_running */
export async function createReconciliation(
  { db, clock }: Using,
  { staffId }: Caller,
  { decisionId, ...days }: Days & { decisionId?: string },
) {
  const now = clock.now();
  assertDays(days, now);
  return inTransaction(db, async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended('reconciliation', 0))`;
    const decided = decisionId === undefined ? undefined : await findDecided(tx, decisionId, days);
    if (decided) return decided;
    const running = await tx.reconciliation.count({
      where: {
        status: 'running',
        startedAt: { gt: new Date(now.getTime() - longestMs) },
        fromDate: { lte: new Date(days.to) },
        toDate: { gte: new Date(days.from) },
      },
    });
    if (running > 0) throw reconciliationRunning();
    return startRun(tx, { ...days, id: decisionId ?? newId(now), startedBy: 'staff', staffId, now });
  });
}

async function findDecided(tx: Tx, id: string, { from, to }: Days): Promise<Reconciliation | null> {
  const run = await tx.reconciliation.findUnique({ where: { id } });
  const isSame = run?.fromDate.getTime() === Date.parse(from) && run.toDate.getTime() === Date.parse(to);
  if (run && !isSame) throw decisionReused();
  return run;
}

/** The days before today, once for each night. */
export async function createNightReconciliation({ db, clock }: Using, { days }: { days: number }): Promise<void> {
  const now = clock.now();
  const isoDay = (daysAgo: number) => new Date(now.getTime() - daysAgo * dayMs).toISOString().slice(0, 10);
  const night = { from: isoDay(days), to: isoDay(1), startedBy: 'night' as const, staffId: null, now };
  await inTransaction(db, async (tx) => {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended('reconciliation', 0))`;
    const where = { fromDate: new Date(night.from), toDate: new Date(night.to), startedBy: 'night' };
    if ((await tx.reconciliation.count({ where })) === 0) await startRun(tx, { id: newId(now), ...night });
  });
}

/** The row, and the job that works on it. */
async function startRun(
  tx: Tx,
  {
    id,
    from,
    to,
    startedBy,
    staffId,
    now,
  }: Days & { id: string; startedBy: 'night' | 'staff'; staffId: string | null; now: Date },
): Promise<Reconciliation> {
  const dates = { fromDate: new Date(from), toDate: new Date(to) };
  const run = await tx.reconciliation.create({
    data: { id, ...dates, startedBy, staffId, startedAt: now },
  });
  const key = `runReconciliation:${run.id}`;
  await queue.add(tx, 'runReconciliation', { reconciliationId: run.id }, { key, maxAttempts: runTries });
  return run;
}

/** Today may be asked for, also where it is tomorrow already. */
function assertDays({ from, to }: Days, now: Date): void {
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
  if (days < 1) throw reconciliationPeriodUnfit('/to', 'must not be before `from`');
  if (days > mostDays)
    throw reconciliationPeriodUnfit('/to', `must be less than ${String(mostDays)} days after \`from\``);
  if (Date.parse(to) > now.getTime() + dayMs) throw reconciliationPeriodUnfit('/to', 'must not be in the future');
}

export async function getReconciliation({ db }: Using, id: string): Promise<Reconciliation> {
  const run = await db.reconciliation.findUnique({ where: { id } });
  if (!run) throw notFound();
  return run;
}

export async function listReconciliations({ db }: Using, { limit, cursor }: PageOf) {
  const before = cursor === undefined ? undefined : decodeCursor(cursor, { at: cursorForms.time, id: cursorForms.id });
  const rows = await db.reconciliation.findMany({
    ...(before && {
      where: { OR: [{ startedAt: { lt: before.at } }, { startedAt: before.at, id: { lt: before.id } }] },
    }),
    orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
  });
  return pageOf(rows, limit, ({ startedAt, id }) => ({ at: startedAt.toISOString(), id }));
}

export async function listReconciliationBreaks(
  { db }: Using,
  { status, limit, cursor }: PageOf & { status: 'open' | 'cleared' | 'resolved' | undefined },
) {
  const after = cursor === undefined ? undefined : decodeCursor(cursor, { at: cursorForms.time, id: cursorForms.id });
  const rows = await db.reconBreak.findMany({
    where: {
      ...(status !== undefined && { status }),
      ...(after && { OR: [{ firstSeenAt: { gt: after.at } }, { firstSeenAt: after.at, id: { gt: after.id } }] }),
    },
    orderBy: [{ firstSeenAt: 'asc' }, { id: 'asc' }],
    take: limit + 1,
  });
  return pageOf(rows, limit, ({ firstSeenAt, id }) => ({ at: firstSeenAt.toISOString(), id }));
}

/** Notes who dealt with a break; a decision counts once. */
export async function resolveReconciliationBreak(
  { db, clock }: Using,
  { staffId }: Caller,
  { breakId, decisionId, note }: { breakId: string; decisionId: string; note: string },
): Promise<ReconBreak> {
  return inTransaction(db, async (tx) => {
    await tx.$queryRaw`select 1 from recon_break where id = ${breakId}::uuid for update`;
    const found = await tx.reconBreak.findUnique({ where: { id: breakId } });
    if (!found) throw notFound();
    if (found.decisionId === decisionId) return found;
    if ((await tx.reconBreak.count({ where: { decisionId } })) > 0) throw decisionReused();
    if (found.status !== 'open') throw breakNotOpen(found.status);
    const data = { status: 'resolved', decisionId, staffId, note, endedAt: clock.now() };
    return tx.reconBreak.update({ where: { id: breakId }, data });
  });
}
