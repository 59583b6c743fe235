import { Problem } from '#platform/problem';
import { isRefusal } from './provider/provider.ts';

export const connectionNotFound = () => new Problem('not_found', 'There is no such connection.');
export const accountNotFound = () => new Problem('not_found', 'There is no such account.');
export const transactionNotFound = () => new Problem('not_found', 'There is no such transaction.');
export const transferNotFound = () => new Problem('not_found', 'There is no such transfer.');
export const stateInvalid = () => new Problem('state_invalid');
export const authorisationFailed = (cause: unknown) => new Problem('authorisation_failed', undefined, { cause });
export const institutionUnknown = (cause: unknown) =>
  new Problem('institution_unknown', undefined, {
    cause,
    errors: [{ pointer: '/institutionId', message: 'is not offered' }],
  });
export const connectionNotActive = (status: string) =>
  new Problem('connection_not_active', `The connection is ${status}.`);
export const connectionNotRenewable = (status: string, cause?: unknown) =>
  new Problem('connection_not_renewable', `The connection is ${status}.`, { cause });
export const renewalInFlight = () => new Problem('conflict', 'A renewal of it is being opened. Ask again.');
export const transferMismatch = () => new Problem('transfer_mismatch');
export const tooLateToCancel = (why: string) => new Problem('too_late_to_cancel', why);
export const accountUnusable = (why: string) => new Problem('account_unusable', why);
/** A call to the provider came to nothing: it is down, or does not offer that at all. */
export const providerUnavailable = (cause: unknown) =>
  isRefusal(cause, 'capability_unavailable')
    ? new Problem('capability_unavailable', undefined, { cause, extensions: { capability: cause.reason ?? 'unknown' } })
    : new Problem('provider_unavailable', undefined, { cause });
export const webhookSignatureInvalid = () => new Problem('webhook_signature_invalid');
/** Transfers that are on their way keep a person from being forgotten. */
export const closingBlocked = (transferIds: string[]) =>
  new Problem('closing_blocked', undefined, {
    extensions: { blockers: [{ kind: 'pending_transfer', ids: transferIds }] },
  });
export const invalidParameter = (parameter: string, message: string) =>
  new Problem('invalid_request', undefined, { errors: [{ parameter, message }] });
export const invalidField = (pointer: string, message: string) =>
  new Problem('invalid_request', undefined, { errors: [{ pointer, message }] });
