import type { components } from '#openapi/financial';
import type { SpendPart } from '../services/safe-to-spend.ts';

type SafeToSpend = components['schemas']['SafeToSpend'];

/** The parts by currency with their sum. As old as the oldest of them; stale as soon as one is. */
export function presentSafeToSpend(parts: SpendPart[], { now, until }: { now: Date; until: Date }): SafeToSpend {
  const currencies = [...new Set(parts.map(({ currency }) => currency))];
  return {
    ...ageOf(parts, now),
    until: until.toISOString(),
    items: currencies.map((currency) => {
      const own = parts.filter((part) => part.currency === currency);
      return {
        currency,
        safeToSpendMinor: own.reduce((sum, { amountMinor }) => sum + (amountMinor ?? 0), 0),
        ...ageOf(own, now),
        parts: own.map(({ currency: _, ...part }) => part),
      };
    }),
  };
}

function ageOf(parts: SpendPart[], now: Date): { asOf: string; stale: boolean } {
  const asOf = parts.reduce((oldest, part) => (part.asOf < oldest ? part.asOf : oldest), now.toISOString());
  return { asOf, stale: parts.some(({ stale }) => stale) };
}
