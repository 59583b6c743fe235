import { Problem } from '#platform/problem';

/** Every Problem that this service raises itself. */
export const notFound = (detail?: string) => new Problem('not_found', detail);
export const emailTaken = () => new Problem('email_taken');
export const handleTaken = () => new Problem('handle_taken');
export const invalidCredentials = () => new Problem('invalid_credentials');
export const invalidRefreshToken = () => new Problem('invalid_refresh_token');
export const wrongPassword = () => new Problem('wrong_password');
export const mediaNotReady = () => new Problem('media_not_ready');
export const uploadMissing = () => new Problem('upload_missing');
export const postEmpty = () => new Problem('post_empty');
export const selfRelation = () => new Problem('self_relation');
export const decisionReused = () => new Problem('decision_reused');
export const blobsUnavailable = (cause: unknown) => new Problem('media_storage_unavailable', undefined, { cause });

export const untilPast = () =>
  new Problem('invalid_request', undefined, { errors: [{ pointer: '/until', message: 'must lie in the future' }] });

export const accountSuspended = (until: Date | null) =>
  new Problem('account_suspended', until ? `The suspension ends at ${until.toISOString()}.` : undefined);

export const tooManyPasswords = (retryAfterSeconds: number) =>
  new Problem('rate_limited', 'Too many passwords were tried.', {
    headers: {
      'Retry-After': String(retryAfterSeconds),
      'RateLimit-Remaining': '0',
      'RateLimit-Reset': String(retryAfterSeconds),
    },
  });

export const markerStale = (current: unknown) => new Problem('marker_stale', undefined, { extensions: { current } });
