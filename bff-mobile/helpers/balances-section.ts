import type { components } from '#openapi/bff-mobile';
import type { RawJson } from '#platform/raw-json';
import { failed, ok, stale } from './section.ts';
import type { Section } from './section.ts';

type Balances = components['schemas']['BankBalances'];

/** Fresh from flagship, or the last that financial was told, or nothing. `asOf` is the age of the oldest figure. */
export function balancesSection(
  { fresh, lastKnown }: { fresh: RawJson<Balances> | undefined; lastKnown: RawJson<Balances> | undefined },
  { now, retryAfterSeconds }: { now: Date; retryAfterSeconds: number },
): Section<Balances> {
  if (fresh) return ok(fresh, ageOf(fresh, now));
  if (!lastKnown) return failed(retryAfterSeconds);
  return stale(lastKnown, ageOf(lastKnown, now), 30);
}

function ageOf(balances: RawJson<Balances>, now: Date): Date {
  const asOf = balances.members().asOf.parse();
  return asOf === null ? now : new Date(asOf);
}
