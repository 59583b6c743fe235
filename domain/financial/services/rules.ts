import type { Caller } from '#platform/caller';
import { decimalsOf } from '#platform/currencies';
import { hashOf } from '#platform/idempotency';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { dayOf } from '../helpers/calendar.ts';
import { assertRuleVersion } from '../helpers/rule-tag.ts';
import { newRuleOf, ruleChangeOf } from '../validation/rule.ts';
import { callLedger } from './ledger.ts';
import type { Booked } from './ledger.ts';
import { getPocket } from './pockets.ts';
import type { RuleFacts, RuleRunFacts } from './rule-facts.ts';

type Using = Pick<Context, 'db' | 'clock'>;
type NewRule = Parameters<typeof newRuleOf>[0];
type RuleChange = Parameters<typeof ruleChangeOf>[0];

interface Wanted {
  pocketId: string;
  rule: NewRule;
}

export async function createRule(
  ctx: Using,
  caller: Caller,
  { key, ...wanted }: Wanted & { key: string | undefined },
): Promise<Booked<RuleFacts>> {
  const request = await requestOf(ctx, caller, wanted);
  return callLedger(ctx.db, 'create_rule', { key, hash: hashOf(wanted), ...request });
}

/** What the next three runs of such a rule would do. Writes nothing. */
export async function previewRule(ctx: Using, caller: Caller, wanted: Wanted): Promise<RuleRunFacts[]> {
  const request = await requestOf(ctx, caller, wanted);
  const examples = examplesFor(request.kind, request.currency);
  const { facts } = await callLedger<{ runs: RuleRunFacts[] }>(ctx.db, 'preview_rule', { ...request, examples });
  return facts.runs;
}

async function requestOf(ctx: Using, caller: Caller, { pocketId, rule }: Wanted) {
  const { currency, timeZone } = await getPocket(ctx, caller, pocketId);
  const at = ctx.clock.now();
  const wanted = newRuleOf(rule, { pocketId, currency, timeZone }, dayOf(at));
  return { ownerId: caller.userId, pocketId, currency, ...wanted, at };
}

/** Transactions that rules are shown on: small ones for what is spent, wages for what comes in. */
function examplesFor(kind: RuleFacts['kind'], currency: string): number[] {
  if (kind === 'recurring' || kind === 'surplus') return [];
  const unit = 10 ** decimalsOf(currency);
  const examples = kind === 'round_up' ? [3.6, 12.25, 7.9] : [2_000, 1_250, 350];
  // Where there are no decimals a price has more digits before the point.
  return examples.map((sum) => Math.round(sum * (unit === 1 ? 100 : unit)));
}

export async function listRules(ctx: Pick<Context, 'db'>, caller: Caller, pocketId: string): Promise<RuleFacts[]> {
  await getPocket(ctx, caller, pocketId);
  const rows = await ctx.db.$queryRaw<{ rule: RuleFacts }[]>`
    /* listRules */ select rule_of(id) as rule from rule
    where owner_id = ${caller.userId}::uuid and pocket_id = ${pocketId}::uuid and ended_at is null
    order by priority, created_at, id`;
  return rows.map(({ rule }) => rule);
}

export async function getRule(
  { db }: Pick<Context, 'db'>,
  { userId }: Caller,
  { pocketId, ruleId }: { pocketId: string; ruleId: string },
): Promise<RuleFacts> {
  const rows = await db.$queryRaw<{ rule: RuleFacts }[]>`
    /* getRule */ select rule_of(id) as rule from rule
    where id = ${ruleId}::uuid and pocket_id = ${pocketId}::uuid and owner_id = ${userId}::uuid and ended_at is null`;
  const rule = rows[0]?.rule;
  if (!rule) throw notFound();
  return rule;
}

export async function updateRule(
  ctx: Using,
  caller: Caller,
  { ifMatch, change, ...place }: { pocketId: string; ruleId: string; ifMatch: string | undefined; change: RuleChange },
): Promise<RuleFacts> {
  const rule = await getRule(ctx, caller, place);
  assertRuleVersion(ifMatch, rule);
  const { kind, currency, version } = rule;
  const at = ctx.clock.now();
  const wanted = ruleChangeOf(change, kind, { pocketId: place.pocketId, currency }, dayOf(at));
  const { facts } = await callLedger<RuleFacts>(ctx.db, 'change_rule', {
    ownerId: caller.userId,
    ...place,
    ...wanted,
    ...(ifMatch !== undefined && { version }),
    at,
  });
  return facts;
}

/** It never runs again; what it did stays. */
export async function deleteRule(
  { db, clock }: Using,
  { userId: ownerId }: Caller,
  place: { pocketId: string; ruleId: string },
): Promise<void> {
  await callLedger(db, 'end_rule', { ownerId, ...place, at: clock.now() });
}
