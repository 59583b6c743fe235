import type { Caller } from '#platform/caller';
import { cursorForms, decodeCursor } from '#platform/cursor';
import { pageOf } from '#platform/page';
import type { Page } from '#platform/page';
import { Prisma } from '#prisma/financial';
import type { Context } from '../context.ts';
import { callLedger } from './ledger.ts';
import { getPocket } from './pockets.ts';
import type { RuleRunFacts } from './rule-facts.ts';

interface Wanted {
  limit: number;
  cursor: string | undefined;
}

/** What the caller's rules did for a pocket, newest first. */
export async function listPocketRuleRuns(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  { pocketId, ...wanted }: Wanted & { pocketId: string },
): Promise<Page<RuleRunFacts>> {
  await getPocket(ctx, caller, pocketId);
  return pageOfRuns(ctx, caller, wanted, {
    statement: 'of a pocket',
    rules: Prisma.sql`${pocketId}::uuid = any (pocket_ids)`,
  });
}

/** What the caller's rules did, by its cause, newest first. */
export function listRuleRuns(
  ctx: Pick<Context, 'db'>,
  caller: Caller,
  { ruleId, transactionId, ...wanted }: Wanted & { ruleId: string | undefined; transactionId: string | undefined },
): Promise<Page<RuleRunFacts>> {
  const rules = ruleId === undefined ? Prisma.sql`true` : Prisma.sql`id = ${ruleId}::uuid`;
  if (transactionId === undefined)
    return pageOfRuns(ctx, caller, wanted, { statement: ruleId === undefined ? 'of all rules' : 'of a rule', rules });
  const runs = Prisma.sql`(transaction_id = ${transactionId}::uuid or source_event_id = ${transactionId}::uuid::text)`;
  const statement = ruleId === undefined ? 'of a transaction' : 'of a rule and a transaction';
  return pageOfRuns(ctx, caller, wanted, { statement, rules, runs });
}

interface Cause {
  /** Tells the forms of the statement apart where the database shows what it does. */
  statement: string;
  rules: Prisma.Sql;
  runs?: Prisma.Sql;
}

/** A page costs the same wherever it is: the newest runs of each rule are found by their keys, and there are few rules. */
async function pageOfRuns(
  { db }: Pick<Context, 'db'>,
  { userId }: Caller,
  { limit, cursor }: Wanted,
  { statement, rules, runs = Prisma.sql`true` }: Cause,
): Promise<Page<RuleRunFacts>> {
  const before = cursor === undefined ? newest : decodeCursor(cursor, { id: cursorForms.id }).id;
  const rows = await db.$queryRaw<{ run: RuleRunFacts }[]>`
    ${Prisma.raw(`/* listRuleRuns ${statement} */`)} select rule_run_of(run.id) as run
    from (select id from rule where owner_id = ${userId}::uuid and ${rules}) owned
    cross join lateral (
      select id from rule_run where rule_id = owned.id and id < ${before}::uuid and ${runs}
      order by id desc limit ${limit + 1}::int) run
    order by run.id desc limit ${limit + 1}::int`;
  return pageOf(
    rows.map(({ run }) => run),
    limit,
    ({ id }) => ({ id }),
  );
}

/** Sorts after every run. */
const newest = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** A transaction as flagship tells it once it is posted. */
export interface PostedTransaction {
  id: string;
  /** The id it had while it was pending. */
  pendingId: string | null;
  accountId: string;
  amountMinor: number;
  currency: string;
  kind: 'income' | 'spend' | 'refund';
  /** `YYYY-MM-DD`. */
  bookedOn: string;
  possibleDuplicate: boolean;
}

/** Opens the runs that a person's rules have waited for, which the worker decides; and names refunds to the covers that they may be of. */
export async function tellBankTransactions(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  personId: string,
  transactions: PostedTransaction[],
): Promise<void> {
  await callLedger(db, 'note_refunds', { personId, transactions });
  const forRules = transactions.filter(({ kind }) => kind !== 'refund');
  await callLedger(db, 'note_bank_transactions', { personId, transactions: forRules, at: clock.now() });
}

/** A run that could not be decided, and stays open. */
interface FaultyRun {
  id: string;
  fault: string;
}

/** Decides every open run of a person, each in a transaction of its own. One that fails holds up no other; the minute tries it again. */
export async function runRules(
  { db, clock, log }: Pick<Context, 'db' | 'clock' | 'log'>,
  personId: string,
): Promise<void> {
  const passed: string[] = [];
  for (;;) {
    const request = { personId, passed, at: clock.now() };
    const { facts } = await callLedger<RuleRunFacts | FaultyRun | null>(db, 'run_next_rule', request);
    if (facts === null) return;
    if (!('fault' in facts)) continue;
    log.error(
      { runId: facts.id, fault: facts.fault },
      'a run of a rule cannot be decided: find out why, it stays open',
    );
    passed.push(facts.id);
  }
}
