import { cursorForms } from '#platform/cursor';
import { inTransaction } from '#platform/database';
import { newId } from '#platform/ids';
import { withOwnTime } from '#platform/request-context';
import { Prisma } from '#prisma/financial';
import type { Reconciliation } from '#prisma/financial';
import type { ServiceContext } from '../context.ts';
import { sideOf } from '../helpers/flagship-side.ts';
import type { TransferFact } from '../helpers/flagship-side.ts';
import { judgeTransfer } from '../helpers/judge-transfer.ts';
import type { Side, Sides, Verdict } from '../helpers/judge-transfer.ts';
import { listInLedger, listOfDays } from './ledger-sides.ts';
import type { LedgerSide } from './ledger-sides.ts';

type Using = Pick<ServiceContext, 'db' | 'clock' | 'flagship'>;
type Break = Extract<Verdict, { outcome: 'break' }> & Sides & { transferId: string; day: string };
type Judged = Exclude<Verdict, { outcome: 'break' }> | Break;

interface Days {
  from: string;
  to: string;
}

/** So many suspicions are looked at once more before they are breaks; more than that is no matter of timing. */
const lookedAtAgain = 5_000;
/** Many days of many transfers take longer than the calls of a job may. */
const callMs = 10_000;

/**
 * Looks at every transfer that any of the three counts on one of the days. The three are not asked at one moment, so what does
 * not agree is asked for once more by itself before it is a break.
 */
export async function reconcile(ctx: Using, run: Reconciliation): Promise<void> {
  const days = { from: dayOf(run.fromDate), to: dayOf(run.toDate) };
  const counts = { checked: 0, matched: 0, inFlight: 0 };
  const breaks: Break[] = [];
  const seen = new Set<string>();
  for await (const facts of listFacts(ctx, days)) {
    for (const fact of facts) {
      if (seen.has(fact.transferId)) continue;
      seen.add(fact.transferId);
      const judged = await judge(ctx, fact, { days, mayLookAgain: breaks.length < lookedAtAgain });
      counts.checked += 1;
      if (judged.outcome === 'break') breaks.push(judged);
      else counts[judged.outcome === 'matched' ? 'matched' : 'inFlight'] += 1;
    }
  }
  await keepOutcome(ctx, run, { counts, breaks });
}

/** Pages of sides: what the provider and flagship list, then what the ledger alone has. */
async function* listFacts(ctx: Using, days: Days): AsyncGenerator<({ transferId: string } & Sides)[]> {
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const query = { ...days, ...(cursor !== undefined && { cursor }) };
    const { body } = await withOwnTime(callMs, () =>
      ctx.flagship.getTransferFacts({ caller: { service: true }, query }),
    );
    yield await withLedger(ctx, body.items);
    cursor = body.nextCursor;
  }
  for await (const rows of listOfDays(ctx, days)) {
    yield rows.map(({ transferId, side }) => ({ transferId, ledger: side, flagship: null, provider: null }));
  }
}

async function withLedger(ctx: Using, facts: TransferFact[]) {
  const ids = facts.map(({ transferId }) => transferId).filter(cursorForms.id);
  const rows = new Map((await listInLedger(ctx, ids)).map((row: LedgerSide) => [row.transferId, row.side]));
  return facts.map(({ transferId, flagship, provider }) => ({
    transferId,
    ledger: rows.get(transferId) ?? null,
    flagship: flagship && sideOf(flagship),
    provider: provider && sideOf(provider),
    days: [provider, flagship].flatMap((side) => [side?.valueDate, side?.returnValueDate]),
  }));
}

async function judge(
  ctx: Using,
  fact: { transferId: string; days?: (string | null | undefined)[] } & Sides,
  { days, mayLookAgain }: { days: Days; mayLookAgain: boolean },
): Promise<Judged> {
  const { transferId, ledger, flagship, provider } = fact;
  const verdict = judgeTransfer({ ledger, flagship, provider }, ctx.clock.now());
  if (verdict.outcome !== 'break') return verdict;
  if (mayLookAgain && cursorForms.id(transferId)) {
    const asked = { caller: { service: true }, path: { transferId } } as const;
    const { body } = await withOwnTime(callMs, () => ctx.flagship.getTransferFact(asked));
    const [now] = await withLedger(ctx, [body]);
    return judge(ctx, now ?? fact, { days, mayLookAgain: false });
  }
  const day = fact.days?.find((known) => known != null && known >= days.from && known <= days.to) ?? days.from;
  return { ...verdict, transferId, ledger, flagship, provider, day };
}

/** The breaks that were found, then the end of those that were not found again with the outcome. Safe to do again after a kill. */
async function keepOutcome(
  { db, clock }: Using,
  run: Reconciliation,
  { counts, breaks }: { counts: { checked: number; matched: number; inFlight: number }; breaks: Break[] },
): Promise<void> {
  const now = clock.now();
  for (const found of breaks) await keepBreak({ db }, run.id, found, now);
  await inTransaction(db, async (tx) => {
    await tx.reconBreak.updateMany({
      where: {
        status: 'open',
        reconciliationId: { not: run.id },
        valueDate: { gte: run.fromDate, lte: run.toDate },
        lastSeenAt: { lte: run.startedAt },
      },
      data: { status: 'cleared', endedAt: now },
    });
    const status = breaks.length === 0 ? 'clean' : 'breaks';
    const outcome = { ...counts, breaks: breaks.length, status, reason: null, finishedAt: now };
    await tx.reconciliation.update({ where: { id: run.id }, data: outcome });
  });
}

/** The same break that is open already keeps its age. */
async function keepBreak({ db }: Pick<Using, 'db'>, reconciliationId: string, found: Break, now: Date): Promise<void> {
  const { transferId, kind } = found;
  const facts = {
    reconciliationId,
    suggestedCause: found.cause,
    amountMinor: BigInt(found.amountMinor),
    currency: found.currency,
    ledger: shown(found.ledger),
    flagship: shown(found.flagship),
    provider: shown(found.provider),
    lastSeenAt: now,
  };
  const { count } = await db.reconBreak.updateMany({ where: { transferId, kind, status: 'open' }, data: facts });
  if (count > 0) return;
  const valueDate = new Date(found.day);
  await db.reconBreak.create({ data: { id: newId(now), transferId, kind, firstSeenAt: now, valueDate, ...facts } });
}

function shown(side: Side | null) {
  return side ? { status: side.status, movedMinor: side.movedMinor } : Prisma.DbNull;
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
