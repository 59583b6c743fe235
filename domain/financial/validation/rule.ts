import { decimalsOf } from '#platform/currencies';
import type { components } from '#openapi/financial';
import { rulePercentExceeded, ruleSettingUnfit, timeZoneUnknown } from '../errors.ts';
import { addMonths } from '../helpers/calendar.ts';
import { isTimeZone } from '../helpers/time-zones.ts';
import { minorIn } from './money.ts';

type NewRule = components['schemas']['NewRule'];
type RuleChange = components['schemas']['RuleChange'];
type RuleCaps = components['schemas']['RuleCaps'];
export type RuleKind = components['schemas']['RuleKind'];

/** What a rule is, in minor units of its pocket's currency, as the functions of the ledger take it. */
export interface RuleSettings {
  amountMinor?: number;
  aboveMinor?: number;
  accountId?: string | null;
  multiplier?: number;
  toMinor?: number;
  percent?: number;
  accountIds?: string[] | null;
  parts?: { pocketId: string; percent: number }[];
  pocketIds?: string[];
}

export interface RuleCapsMinor {
  maxPerRunMinor?: number;
  maxPerPeriodMinor?: number;
  period?: 'day' | 'week' | 'month';
  minRemainingMinor?: number;
  minRemainingAccountId?: string;
}

interface Home {
  pocketId: string;
  currency: string;
  /** The person's own; UTC when it is missing. */
  timeZone?: string | undefined;
}

interface Calendar {
  every?: 'week' | 'fortnight' | 'month';
  day?: number;
  startsOn?: string;
}

const farthestMonths = 1200;
const ofEveryKind = ['pausedUntil', 'priority', 'caps', 'timeZone'];
const ofKind: Record<RuleKind, string[]> = {
  recurring: ['amount', 'every', 'day'],
  surplus: ['above', 'accountId', 'day'],
  round_up: ['multiplier', 'toMinor', 'accountIds'],
  percent_of_income: ['percent', 'accountIds'],
  split: ['parts', 'accountIds'],
  waterfall: ['pocketIds', 'percent', 'accountIds'],
};

/** A new rule with what is missing filled in. @throws currency_mismatch, rule_percent_exceeded, rule_setting_unfit, time_zone_unknown */
export function newRuleOf(rule: NewRule, home: Home, today: string) {
  const { timeZone = home.timeZone ?? 'UTC', priority = 50, pausedUntil = null } = rule;
  const calendar = calendarOf(rule);
  if (calendar.every !== 'month' && (calendar.day ?? 0) > 7)
    throw ruleSettingUnfit('/day', 'must be a day of the week');
  assertNear(calendar.startsOn, today, '/startsOn');
  assertNear(pausedUntil, today, '/pausedUntil');
  assertTimeZone(timeZone);
  return {
    kind: rule.kind,
    settings: { ...defaultsOf(rule.kind, home.currency), ...settingsOf(rule, home) },
    caps: capsOf(rule.caps ?? {}, home.currency),
    timeZone,
    priority,
    pausedUntil,
    ...calendar,
  };
}

function calendarOf(rule: NewRule): Calendar {
  if (rule.kind !== 'recurring' && rule.kind !== 'surplus') return {};
  const { day, startsOn } = rule;
  return {
    every: rule.kind === 'recurring' ? rule.every : ('month' as const),
    day,
    ...(startsOn !== undefined && { startsOn }),
  };
}

function defaultsOf(kind: RuleKind, currency: string): RuleSettings {
  if (kind === 'round_up') return { multiplier: 1, toMinor: 10 ** (decimalsOf(currency) || 2) };
  return kind === 'waterfall' ? { percent: 100 } : {};
}

/** What is to change in a rule of a kind. @throws as `newRuleOf` */
export function ruleChangeOf(change: RuleChange, kind: RuleKind, home: Home, today: string) {
  for (const name of Object.keys(change)) {
    if (!ofEveryKind.includes(name) && !ofKind[kind].includes(name))
      throw ruleSettingUnfit(`/${name}`, `is no setting of ${kind}`);
  }
  const { timeZone, priority, pausedUntil, caps, every, day } = change;
  if (timeZone !== undefined) assertTimeZone(timeZone);
  assertNear(pausedUntil, today, '/pausedUntil');
  return {
    settings: settingsOf(change, home),
    ...(caps !== undefined && { caps: capsOf(caps, home.currency) }),
    ...(timeZone !== undefined && { timeZone }),
    ...(priority !== undefined && { priority }),
    ...(pausedUntil !== undefined && { pausedUntil }),
    ...(every !== undefined && { every }),
    ...(day !== undefined && { day }),
  };
}

function settingsOf(named: RuleChange | NewRule, { pocketId, currency }: Home): RuleSettings {
  const { amount, above, accountId, multiplier, toMinor, percent, accountIds, parts, pocketIds }: RuleChange = named;
  const amountMinor = minorIn(currency, amount, '/amount');
  const aboveMinor = minorIn(currency, above, '/above');
  if (parts) assertParts(parts, pocketId);
  if (pocketIds) assertNames(pocketIds, pocketId, '/pocketIds');
  return {
    ...(amountMinor !== undefined && { amountMinor }),
    ...(aboveMinor !== undefined && { aboveMinor }),
    ...(accountId !== undefined && { accountId }),
    ...(multiplier !== undefined && { multiplier }),
    ...(toMinor !== undefined && { toMinor }),
    ...(percent !== undefined && { percent }),
    ...(accountIds !== undefined && { accountIds }),
    ...(parts !== undefined && { parts }),
    ...(pocketIds !== undefined && { pocketIds }),
  };
}

function assertParts(parts: { pocketId: string; percent: number }[], home: string): void {
  const named = parts.map(({ pocketId }) => pocketId);
  if (new Set(named).size < named.length) throw ruleSettingUnfit('/parts', 'must name each pocket once');
  assertNames(named, home, '/parts');
  const all = parts.reduce((sum, { percent }) => sum + percent, 0);
  if (all > 100) throw rulePercentExceeded(all);
}

function assertNames(named: string[], home: string, pointer: string): void {
  if (!named.includes(home)) throw ruleSettingUnfit(pointer, 'must name the pocket that the rule belongs to');
}

function capsOf({ maxPerRun, maxPerPeriod, minRemaining }: RuleCaps, currency: string): RuleCapsMinor {
  const maxPerRunMinor = minorIn(currency, maxPerRun, '/caps/maxPerRun');
  const maxPerPeriodMinor = minorIn(currency, maxPerPeriod?.amount, '/caps/maxPerPeriod/amount');
  const minRemainingMinor = minorIn(currency, minRemaining?.amount, '/caps/minRemaining/amount');
  return {
    ...(maxPerRunMinor !== undefined && { maxPerRunMinor }),
    ...(maxPerPeriod && maxPerPeriodMinor !== undefined && { maxPerPeriodMinor, period: maxPerPeriod.period }),
    ...(minRemainingMinor !== undefined && { minRemainingMinor }),
    ...(minRemaining?.accountId !== undefined && { minRemainingAccountId: minRemaining.accountId }),
  };
}

function assertTimeZone(name: string): void {
  if (!isTimeZone(name)) throw timeZoneUnknown();
}

/** No day that is counted from there needs a fifth digit of the year. */
function assertNear(time: string | null | undefined, today: string, pointer: string): void {
  if (time && new Date(time) > new Date(addMonths(today, farthestMonths)))
    throw ruleSettingUnfit(pointer, 'must be within 100 years');
}
