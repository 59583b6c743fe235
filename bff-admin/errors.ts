import { Problem } from '#platform/problem';

export const unauthenticated = (detail: string, cause?: unknown) => new Problem('unauthenticated', detail, { cause });

export const missingRole = (required: readonly string[]) =>
  new Problem('forbidden', `This needs one of the roles ${required.join(', ')}.`);

export const csrfRefused = (detail: string) => new Problem('csrf_refused', detail);

export const signInFailed = (detail: string, cause?: unknown) => new Problem('sign_in_failed', detail, { cause });

export const identityProviderUnavailable = (cause?: unknown) =>
  new Problem('identity_provider_unavailable', undefined, { cause, headers: { 'Retry-After': '5' } });

export const foreignIssuer = () =>
  new Problem('invalid_request', 'This is not the issuer that staff sign in at.', {
    errors: [{ parameter: 'iss', message: 'must be the issuer of the portal’s tenant' }],
  });

export const storageUnavailable = (cause?: unknown) =>
  new Problem('storage_unavailable', undefined, { cause, headers: { 'Retry-After': '5' } });

export const exportNotFound = () => new Problem('not_found', 'You have no such export.');

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

export const caseNotFound = () => new Problem('not_found', 'There is no such report.');

export const reportClaimed = (name: string | null) =>
  new Problem('report_claimed', name === null ? undefined : `${name} works on it.`);

export const reportNotClaimed = () => new Problem('report_not_claimed');

export const reportClosed = () => new Problem('report_closed');

export const notRemovable = () => new Problem('not_removable');

export const reportEscalated = () => new Problem('report_escalated');

export const reporterNotMuted = () => new Problem('not_found', 'Nobody mutes this person.');

export const outOfScope = () => new Problem('forbidden', 'This is done by those who are not held to single queues.');

export const flagUnknown = () =>
  new Problem('invalid_request', 'There is no such feature flag.', {
    errors: [{ pointer: '/audience/flagKey', message: 'must be the key of a feature flag' }],
  });

export const audienceReversed = () =>
  new Problem('invalid_request', 'Nobody can be in the audience.', {
    errors: [{ pointer: '/audience/maxAppVersion', message: 'must not be before minAppVersion' }],
  });

export const featureFlagNotFound = () => new Problem('not_found', 'There is no such feature flag.');

export const featureFlagInUse = () => new Problem('feature_flag_in_use');

export const featureFlagsFull = () => new Problem('feature_flags_full');

export const flagHasChanged = () =>
  new Problem('precondition_failed', 'The feature flag has changed since this was proposed.');

export const reasonNeeded = () =>
  new Problem('invalid_request', 'A change of a flag that touches money needs a reason.', {
    errors: [{ pointer: '/reason', message: 'is required' }],
  });

export const appVersionNotSet = () => new Problem('not_found', 'The versions of this platform are not set.');

export const versionsOutOfOrder = (pointer: string, message: string) =>
  new Problem('invalid_request', 'Minimum, recommended and current go up in this order.', {
    errors: [{ pointer, message }],
  });

export const selfApproval = () => new Problem('self_approval');

export const needsPerson = () =>
  new Problem('forbidden', 'This needs a person: an application can be anybody who has its secret.');

export const proposalNotFound = () => new Problem('not_found', 'There is no such proposal.');

export const proposalChanged = () => new Problem('proposal_changed');

export const proposalClosed = (detail: string) => new Problem('proposal_closed', detail);

export const proposalExpired = () => new Problem('proposal_expired');

export const notTheAuthor = () => new Problem('forbidden', 'Only its author may do this.');

export const breakGlassNotFound = () => new Problem('not_found', 'There is no such grant.');

export const breakGlassActive = () => new Problem('break_glass_active');
