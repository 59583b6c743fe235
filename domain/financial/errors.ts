import { isProblemCode, Problem } from '#platform/problem';

/** Every Problem that this service raises itself. */
export const notFound = (detail?: string) => new Problem('not_found', detail);
export const idempotencyKeyRequired = () =>
  new Problem('idempotency_key_required', undefined, {
    errors: [{ header: 'Idempotency-Key', message: 'must be sent with what moves money' }],
  });
export const preconditionFailed = () => new Problem('precondition_failed');
export const pocketClosed = () => new Problem('pocket_closed');
export const waitedTooLong = () => new Problem('overloaded', 'Too much waits for this pocket.');

export const currencyUnknown = (pointer: string) =>
  new Problem('currency_unknown', undefined, { errors: [{ pointer, message: 'must be an active code of ISO 4217' }] });
export const currencyMismatch = (pointer: string, currency: string) =>
  new Problem('currency_mismatch', undefined, { errors: [{ pointer, message: `must be ${currency}` }] });
export const fxNotSupported = (pointer: string, currency: string) =>
  new Problem('fx_not_supported', undefined, { errors: [{ pointer, message: `must be ${currency}` }] });
export const targetDatePassed = (today: string) =>
  new Problem('target_date_passed', undefined, {
    errors: [{ pointer: '/targetDate', message: `must be after ${today}` }],
  });

/** Three parts of a goal that do not agree; `feasible` has each as the two others give it. */
export interface Disagreement {
  detail: string;
  feasible: Record<'target' | 'monthlyAmount', object | null> & { targetDate: string | null };
}
export const planInconsistent = ({ detail, feasible }: Disagreement) =>
  new Problem('plan_inconsistent', detail, { extensions: { feasible } });

export const statementPeriodUnfit = (parameter: string, message: string) =>
  new Problem('statement_period_unfit', undefined, { errors: [{ parameter, message }] });
export const statementTooLong = (most: number) =>
  new Problem('statement_too_long', `The statement would have more than ${String(most)} lines.`);

export const forbidden = () => new Problem('forbidden');

export const transactionNotCoverable = (why: string) => new Problem('transaction_not_coverable', why);

export const tooLateToCancel = (status: string) => new Problem('too_late_to_cancel', `It is ${status}.`);
export const reconciliationRunning = () => new Problem('reconciliation_running');
export const reconciliationPeriodUnfit = (pointer: string, message: string) =>
  new Problem('reconciliation_period_unfit', undefined, { errors: [{ pointer, message }] });
export const breakNotOpen = (status: string) => new Problem('break_not_open', `It is ${status}.`);
export const decisionReused = () => new Problem('decision_reused');

export const ruleSettingUnfit = (pointer: string, message: string) =>
  new Problem('rule_setting_unfit', undefined, { errors: [{ pointer, message }] });
export const rulePercentExceeded = (all: number) =>
  new Problem('rule_percent_exceeded', undefined, {
    errors: [{ pointer: '/parts', message: `sum to ${String(all)} percent` }],
  });
export const timeZoneUnknown = () =>
  new Problem('time_zone_unknown', undefined, {
    errors: [{ pointer: '/timeZone', message: 'must be a name of the IANA time zone database' }],
  });

/** What a function of the ledger refused, under the code that it gave: see prisma/financial/migrations. */
export function refusal({ code, detail, extensions }: Refusal): Error {
  if (!isProblemCode(code)) return new Error(`the ledger refused with ${code}, which no contract lists`);
  return new Problem(code, detail ?? undefined, { ...(extensions && { extensions }) });
}

interface Refusal {
  code: string;
  detail: string | null;
  extensions?: Record<string, unknown>;
}
