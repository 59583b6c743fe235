import type { components } from '#openapi/financial';
import type { RuleFacts, RuleRunFacts } from '../services/rule-facts.ts';
import { presentMoney, presentMoneyOrNull, presentTime } from './present-money.ts';

type Schemas = components['schemas'];

/** A rule as its owner sees it at the time `now`. */
export function presentRule(facts: RuleFacts, now: Date): Schemas['Rule'] {
  const { id, pocketId, kind, priority, timeZone, pausedUntil } = facts;
  const isPaused = pausedUntil !== null && new Date(pausedUntil) > now;
  return {
    id,
    pocketId,
    kind,
    status: isPaused ? 'paused' : 'active',
    nextRunOn: facts.nextOn,
    pausedUntil: isPaused ? presentTime(pausedUntil) : null,
    priority,
    timeZone,
    caps: presentCaps(facts),
    ...presentSettings(facts),
    createdAt: presentTime(facts.createdAt),
    updatedAt: presentTime(facts.updatedAt),
  };
}

/** The settings are stored under the names of the contract, sums apart. */
function presentSettings({ kind, settings, every, day, currency }: RuleFacts): Partial<Schemas['Rule']> {
  const { amountMinor, aboveMinor, accountId, accountIds, ...rest } = settings;
  return {
    ...rest,
    ...(accountId && { accountId }),
    ...(accountIds && { accountIds }),
    ...(amountMinor !== undefined && { amount: presentMoney(amountMinor, currency) }),
    ...(aboveMinor !== undefined && { above: presentMoney(aboveMinor, currency) }),
    ...(every !== null && kind === 'recurring' && { every }),
    ...(day !== null && { day }),
  };
}

function presentCaps({ caps, currency }: RuleFacts): Schemas['RuleCaps'] {
  const { maxPerRunMinor, maxPerPeriodMinor, period, minRemainingMinor, minRemainingAccountId: accountId } = caps;
  return {
    ...(maxPerRunMinor !== undefined && { maxPerRun: presentMoney(maxPerRunMinor, currency) }),
    ...(maxPerPeriodMinor !== undefined &&
      period && { maxPerPeriod: { amount: presentMoney(maxPerPeriodMinor, currency), period } }),
    ...(minRemainingMinor !== undefined && {
      minRemaining: {
        amount: presentMoney(minRemainingMinor, currency),
        ...(accountId !== undefined && { accountId }),
      },
    }),
  };
}

export function presentRuleRun(facts: RuleRunFacts): Schemas['RuleRun'] {
  const { id, ruleId, pocketId, kind, status, code, limit, occurredOn, transactionId, currency, doneAt } = facts;
  return {
    id,
    ruleId,
    pocketId,
    kind,
    status,
    code,
    limit,
    occurredOn,
    transactionId,
    transaction: presentMoneyOrNull(facts.basisMinor, currency),
    amount: presentMoneyOrNull(facts.amountMinor, currency),
    parts: facts.parts.map(({ amountMinor, ...part }) => ({ ...part, amount: presentMoney(amountMinor, currency) })),
    doneAt: doneAt && presentTime(doneAt),
  };
}

/** A run that was only tried: it has no ids, and a day only where the calendar gives one. */
export function presentPreviewRun(facts: RuleRunFacts): Schemas['RulePreviewRun'] {
  const { code, limit, occurredOn, currency, basisMinor } = facts;
  return {
    on: basisMinor === null ? occurredOn : null,
    transaction: presentMoneyOrNull(basisMinor, currency),
    status: code === null ? 'booked' : 'skipped',
    code,
    limit,
    amount: presentMoneyOrNull(facts.amountMinor, currency),
    parts: facts.parts.map(({ pocketId, amountMinor }) => ({ pocketId, amount: presentMoney(amountMinor, currency) })),
  };
}
