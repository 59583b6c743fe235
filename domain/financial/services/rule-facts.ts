import type { RuleCapsMinor, RuleKind, RuleSettings } from '../validation/rule.ts';

/** A rule, its sums in minor units of its pocket's currency. */
export interface RuleFacts {
  id: string;
  pocketId: string;
  ownerId: string;
  kind: RuleKind;
  currency: string;
  settings: RuleSettings;
  caps: RuleCapsMinor;
  priority: number;
  timeZone: string;
  every: 'week' | 'fortnight' | 'month' | null;
  day: number | null;
  /** `YYYY-MM-DD`. */
  nextOn: string | null;
  pausedUntil: string | null;
  version: number;
  createdAt: string;
  updatedAt: string;
}

/** What one event of a rule came to. */
export interface RuleRunFacts {
  id: string;
  ruleId: string;
  pocketId: string;
  kind: RuleKind;
  currency: string;
  status: 'due' | 'booked' | 'skipped';
  code: string | null;
  limit: 'maxPerRun' | 'maxPerPeriod' | 'minRemaining' | null;
  transactionId: string | null;
  /** The transaction's sum, without its sign. */
  basisMinor: number | null;
  occurredOn: string;
  amountMinor: number | null;
  doneAt: string | null;
  parts: { pocketId: string; amountMinor: number; movementId: string }[];
}
