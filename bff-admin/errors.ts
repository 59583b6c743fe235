import { Problem } from '#platform/problem';

export const unauthenticated = (detail: string, cause?: unknown) => new Problem('unauthenticated', detail, { cause });

export const missingRole = (required: readonly string[]) =>
  new Problem('forbidden', `This needs one of the roles ${required.join(', ')}.`);

export const csrfRefused = (detail: string) => new Problem('csrf_refused', detail);

export const signInFailed = (detail: string, cause?: unknown) => new Problem('sign_in_failed', detail, { cause });

export const identityProviderUnavailable = (cause?: unknown) =>
  new Problem('identity_provider_unavailable', undefined, { cause, headers: { 'Retry-After': '5' } });

export const decisionOpen = () => new Problem('decision_open', undefined, { headers: { 'Retry-After': '15' } });

export const untilNotInFuture = () =>
  new Problem('invalid_request', 'A suspension ends in the future.', {
    errors: [{ pointer: '/until', message: 'must be in the future' }],
  });

export const rangeReversed = () =>
  new Problem('invalid_request', 'The range ends before it begins.', {
    errors: [{ parameter: 'to', message: 'must be after `from`' }],
  });

export const announcementNotFound = () => new Problem('not_found', 'There is no such announcement.');

export const endsBeforeStart = () =>
  new Problem('invalid_request', 'An announcement ends after it begins.', {
    errors: [{ pointer: '/endsAt', message: 'must be after `startsAt`' }],
  });
