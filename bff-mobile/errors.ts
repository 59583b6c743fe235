import { Problem } from '#platform/problem';

export const signedOut = () => new Problem('unauthenticated', 'The session of this access token has ended.');
export const accessTokenInvalid = (cause?: unknown) =>
  new Problem('unauthenticated', 'The access token is not valid or has expired.', { cause });
export const stepUpRequired = () => new Problem('step_up_required');
export const nothingToServe = () => new Problem('upstream_unavailable', 'No section of the screen could be served.');
