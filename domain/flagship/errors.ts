import { Problem } from '#platform/problem';

export const connectionNotFound = () => new Problem('not_found', 'There is no such connection.');
export const accountNotFound = () => new Problem('not_found', 'There is no such account.');
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
export const transferMismatch = () => new Problem('transfer_mismatch');
export const accountUnusable = (why: string) => new Problem('account_unusable', why);
export const providerUnavailable = (cause: unknown) => new Problem('provider_unavailable', undefined, { cause });
export const webhookSignatureInvalid = () => new Problem('webhook_signature_invalid');
export const forbidden = () => new Problem('forbidden');
/** Transfers that are on their way keep a person from being forgotten. */
export const closingBlocked = (transferIds: string[]) =>
  new Problem('closing_blocked', undefined, {
    extensions: { blockers: [{ kind: 'pending_transfer', ids: transferIds }] },
  });
export const invalidField = (pointer: string, message: string) =>
  new Problem('invalid_request', undefined, { errors: [{ pointer, message }] });
