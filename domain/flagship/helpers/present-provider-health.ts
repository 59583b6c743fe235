import type { components } from '#openapi/flagship';

export type ProviderHealth = components['schemas']['ProviderHealth'];
export type Waiting = ProviderHealth['waiting'];

/** What one process has seen of the provider. */
interface Sight {
  process: string;
  breaker: string;
  calls: number;
  failures: number;
  lastSuccessAt: Date | null;
  lastFailureAt: Date | null;
  seenAt: Date;
}

const countedMs = 60_000;
const heardOfMs = 120_000;
const degradedFrom = 0.1;

export function presentProviderHealth(sights: Sight[], waiting: Waiting, now: Date): ProviderHealth {
  const fresh = sights.filter(({ seenAt }) => now.getTime() - seenAt.getTime() < countedMs);
  const calls = sum(fresh, 'calls');
  const failures = sum(fresh, 'failures');
  const errorRate = calls === 0 ? null : failures / calls;
  return {
    state: stateOf(fresh, errorRate),
    calls,
    failures,
    errorRate,
    lastSuccessAt: latest(sights, 'lastSuccessAt'),
    lastFailureAt: latest(sights, 'lastFailureAt'),
    processes: sights
      .filter(({ seenAt }) => now.getTime() - seenAt.getTime() < heardOfMs)
      .map(({ process, breaker, seenAt, ...sight }) => ({
        name: process,
        breaker: breaker as ProviderHealth['processes'][number]['breaker'],
        calls: sight.calls,
        failures: sight.failures,
        asOf: seenAt.toISOString(),
      })),
    waiting,
    asOf: now.toISOString(),
  };
}

function stateOf(fresh: Sight[], errorRate: number | null): ProviderHealth['state'] {
  if (fresh.some(({ breaker }) => breaker === 'open')) return 'down';
  if (errorRate === null) return 'idle';
  const isHalfOpen = fresh.some(({ breaker }) => breaker === 'half_open');
  return isHalfOpen || errorRate > degradedFrom ? 'degraded' : 'ok';
}

function sum(sights: Sight[], member: 'calls' | 'failures'): number {
  return sights.reduce((total, sight) => total + sight[member], 0);
}

function latest(sights: Sight[], member: 'lastSuccessAt' | 'lastFailureAt'): string | null {
  const times = sights.flatMap((sight) => sight[member]?.getTime() ?? []);
  return times.length === 0 ? null : new Date(Math.max(...times)).toISOString();
}
