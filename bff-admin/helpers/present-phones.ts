import type { components } from '#openapi/bff-admin';

type Audience = components['schemas']['PhoneAudience'];

interface Phones {
  platforms: string[];
  minAppVersion: string | null;
  maxAppVersion: string | null;
}

/** For which phones a row is. */
export function presentPhones({ platforms, minAppVersion, maxAppVersion }: Phones): Audience {
  return { platforms: platforms as Audience['platforms'], minAppVersion, maxAppVersion };
}
