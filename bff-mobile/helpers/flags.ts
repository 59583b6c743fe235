import { createHash } from 'node:crypto';
import { compareVersions } from '#platform/version-number';
import type { components } from '#openapi/bff-admin';
import type { Phone } from './phone.ts';

export type Flag = components['schemas']['FeatureFlag'];
type Audience = components['schemas']['PhoneAudience'];

/** Who asks: a person, or nobody who is signed in, on some phone. */
export interface Asker {
  userId: string | undefined;
  phone: Phone;
}

/** Whether a phone is in an audience. One that does not say what the audience asks for is not. */
export function isIn({ platforms, minAppVersion, maxAppVersion }: Audience, { platform, version }: Phone): boolean {
  if (platforms.length > 0 && (platform === undefined || !platforms.includes(platform))) return false;
  if (minAppVersion === null && maxAppVersion === null) return true;
  if (version === undefined) return false;
  return (
    (minAppVersion === null || compareVersions(version, minAppVersion) >= 0) &&
    (maxAppVersion === null || compareVersions(version, maxAppVersion) <= 0)
  );
}

/** Whether a flag is on. A person's bucket stays the same, so that a higher percentage keeps all whom it is on for. */
export function isOn({ key, enabled, percent, audience }: Flag, { userId, phone }: Asker): boolean {
  if (!enabled || !isIn(audience, phone)) return false;
  return percent === 100 || (userId !== undefined && bucketOf(key, userId) < percent);
}

/** From 0 to 99. The key is in it, so that it is not always the same people who are the first. */
export function bucketOf(key: string, userId: string): number {
  return createHash('sha256').update(`${key} ${userId}`).digest().readUInt32BE(0) % 100;
}
