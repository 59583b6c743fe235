import type { components } from '#openapi/bff-admin';
import type { FeatureFlag } from '../services/feature-flags.ts';
import { presentPhones } from './present-phones.ts';

export function presentFeatureFlag(row: FeatureFlag): components['schemas']['FeatureFlag'] {
  const { key, description, enabled, percent, money, version, updatedAt } = row;
  return {
    key,
    description,
    enabled,
    percent,
    audience: presentPhones(row),
    money,
    version,
    updatedAt: updatedAt.toISOString(),
  };
}
