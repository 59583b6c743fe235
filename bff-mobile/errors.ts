import { Problem } from '#platform/problem';
import type { ServedVersion } from './helpers/served-versions.ts';

export const signedOut = () => new Problem('unauthenticated', 'The session of this access token has ended.');
export const accessTokenInvalid = (cause?: unknown) =>
  new Problem('unauthenticated', 'The access token is not valid or has expired.', { cause });
export const upgradeRequired = ({ platform, minimum, current, storeUrl }: ServedVersion) =>
  new Problem('upgrade_required', undefined, { extensions: { platform, minimum, current, storeUrl } });
export const stepUpRequired = () => new Problem('step_up_required');
export const closingBlocked = (blocking: Record<string, string[]>) =>
  new Problem('closing_blocked', undefined, { extensions: { blockers: Object.keys(blocking), blocking } });
export const nothingToServe = () => new Problem('upstream_unavailable', 'No section of the screen could be served.');
export const forbidden = () => new Problem('forbidden');
export const notFound = (detail?: string) => new Problem('not_found', detail);
