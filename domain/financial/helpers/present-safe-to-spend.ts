import type { components } from '#openapi/financial';
import { digest } from '#platform/send';
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

/** The ETag for one person. What is in the ledger is of this moment each time it is asked; only the age of a bank's figure is news. */
export function spendTag(userId: string, parts: SpendPart[]): string {
  const said = parts.map((part) => (part.kind === 'bank_account' ? part : { ...part, asOf: null }));
  return `"${digest(userId, JSON.stringify(said))}"`;
}

function ageOf(parts: SpendPart[], now: Date): { asOf: string; stale: boolean } {
  const asOf = parts.reduce((oldest, part) => (part.asOf < oldest ? part.asOf : oldest), now.toISOString());
  return { asOf, stale: parts.some(({ stale }) => stale) };
}
