import { compareVersions } from '#platform/version-number';
import type { components } from '#openapi/bff-admin';
import type { Phone } from './phone.ts';

export type ServedVersion = components['schemas']['AppVersion'];

/** The versions of the phone's platform; of a phone that does not say it, those of the platform with the lowest minimum. */
function ofPhone({ platform }: Phone, versions: ServedVersion[]): ServedVersion | undefined {
  const own = versions.filter((served) => platform === undefined || served.platform === platform);
  return own.sort((a, b) => compareVersions(a.minimum, b.minimum))[0];
}

/** What is served in place of the phone's app, when that is older than the oldest that is. */
export function findRequiredUpgrade(phone: Phone, versions: ServedVersion[]): ServedVersion | undefined {
  const served = ofPhone(phone, versions);
  if (!served || phone.version === undefined) return undefined;
  return compareVersions(phone.version, served.minimum) < 0 ? served : undefined;
}

export function updateFor(phone: Phone, versions: ServedVersion[]): 'none' | 'recommended' | 'required' {
  if (findRequiredUpgrade(phone, versions)) return 'required';
  const served = ofPhone(phone, versions);
  if (!served || phone.version === undefined) return 'none';
  return compareVersions(phone.version, served.recommended) < 0 ? 'recommended' : 'none';
}
