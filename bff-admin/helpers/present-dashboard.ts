import type { components } from '#openapi/bff-admin';
import type { Dashboard } from '../services/dashboard.ts';

type Schemas = components['schemas'];

export function presentDashboard({ generatedAt, sources }: Dashboard): Schemas['Dashboard'] {
  return { generatedAt: generatedAt.toISOString(), figures: sources.flatMap(presentSource) };
}

function presentSource({ places, values }: Dashboard['sources'][number]): Schemas['Dashboard']['figures'] {
  if (values.status === 'unavailable') {
    const { status, retryAfterSeconds } = values;
    return places.map((place) => ({ ...place, status, value: null, retryAfterSeconds }));
  }
  const { status, asOf, data } = values;
  return places.map((place, index) => ({ ...place, status, value: data[index] ?? 0, asOf: asOf.toISOString() }));
}
