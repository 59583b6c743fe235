import type { components } from '#openapi/bff-admin';
import type { AppVersion } from '../services/app-versions.ts';

type Presented = components['schemas']['AppVersion'];

export function presentAppVersion(row: AppVersion): Presented {
  const { platform, minimum, recommended, current, storeUrl, updatedAt } = row;
  return {
    platform: platform as Presented['platform'],
    minimum,
    recommended,
    current,
    storeUrl,
    updatedAt: updatedAt.toISOString(),
  };
}
