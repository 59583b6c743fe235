import { isProblemCode, Problem } from '#platform/problem';

/** Every Problem that this service raises itself. */
export const notFound = (detail?: string) => new Problem('not_found', detail);
export const idempotencyKeyRequired = () =>
  new Problem('idempotency_key_required', undefined, {
    errors: [{ header: 'Idempotency-Key', message: 'must be sent with what moves money' }],
  });
export const preconditionFailed = () => new Problem('precondition_failed');
export const pocketClosed = () => new Problem('pocket_closed');

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

/** What a function of the ledger refused, under the code that it gave: see prisma/financial/migrations. */
export function refusal(code: string, detail: string | null): Error {
  if (!isProblemCode(code)) return new Error(`the ledger refused with ${code}, which no contract lists`);
  return new Problem(code, detail ?? undefined);
}
