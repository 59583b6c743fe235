import { compareVersions } from '#platform/version-number';
import type { components } from '#openapi/bff-admin';
import { audienceReversed } from '../errors.ts';

/** A wanted audience as rows keep it: what was left out does not matter. @throws a problem when nobody could be in it */
export function readPhones({ platforms, minAppVersion, maxAppVersion }: components['schemas']['NewPhoneAudience']) {
  if (minAppVersion !== undefined && maxAppVersion !== undefined && compareVersions(minAppVersion, maxAppVersion) > 0)
    throw audienceReversed();
  return {
    platforms: platforms ?? [],
    minAppVersion: minAppVersion ?? null,
    maxAppVersion: maxAppVersion ?? null,
  };
}
