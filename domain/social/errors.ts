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
export const replyNotAllowed = () => new Problem('reply_not_allowed');
export const quoteNotAllowed = () => new Problem('quote_not_allowed');
export const selfRelation = () => new Problem('self_relation');
export const mutedWordsFull = () => new Problem('muted_words_full');
export const circlesFull = () => new Problem('circles_full');
export const circleFull = () => new Problem('circle_full');
export const draftsFull = () => new Problem('drafts_full');
export const notRepostable = () => new Problem('not_repostable');
export const decisionReused = () => new Problem('decision_reused');
export const invalidCode = () => new Problem('invalid_code');
export const alreadyVerified = () => new Problem('already_verified');
export const ownContent = () => new Problem('own_content');
export const alreadyAppealed = () => new Problem('already_appealed');
export const sanctionLifted = () => new Problem('sanction_lifted');
export const sameModerator = () => new Problem('same_moderator');
export const appealDecided = () => new Problem('appeal_decided');
export const contentGone = () => new Problem('content_gone');
export const notRemovable = () => new Problem('not_removable');
export const reportClosed = () => new Problem('report_closed');
export const blobsUnavailable = (cause: unknown) => new Problem('media_storage_unavailable', undefined, { cause });

export const untilPast = () =>
  new Problem('invalid_request', undefined, { errors: [{ pointer: '/until', message: 'must lie in the future' }] });

export const unknownRule = (place: number) =>
  new Problem('unknown_rule', undefined, {
    errors: [{ pointer: `/ruleIds/${String(place)}`, message: 'is none of our rules' }],
  });

/** `places` are those of the undescribed pictures in `mediaIds`. */
export const altTextMissing = (places: number[]) =>
  new Problem('alt_text_missing', undefined, {
    extensions: { overridable: true },
    errors: places.map((place) => ({ pointer: `/mediaIds/${String(place)}`, message: 'has no alt text' })),
  });

export const expiryPast = () =>
  new Problem('invalid_request', undefined, { errors: [{ pointer: '/expiresAt', message: 'must lie in the future' }] });

export const accountSuspended = (until: Date | null) =>
  new Problem('account_suspended', until ? `The suspension ends at ${until.toISOString()}.` : undefined);

export const exportTooSoon = (last: { exportId: string; availableAt: Date }) =>
  new Problem('export_too_soon', undefined, { extensions: { ...last, availableAt: last.availableAt.toISOString() } });

export const markerStale = (current: unknown) => new Problem('marker_stale', undefined, { extensions: { current } });
