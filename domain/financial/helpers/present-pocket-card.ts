import type { components } from '#openapi/financial';
import type { CardFacts } from '../services/sharing.ts';
import { percentOf } from './integers.ts';
import { presentMoney } from './present-money.ts';

/** A pocket as others see it, and its owner where others do: the balance only when the owner shows it. */
export function presentPocketCard(facts: CardFacts): components['schemas']['PocketCard'] {
  const { id, ownerId, name, emoji, currency, balanceMinor, targetMinor, shared } = facts;
  return {
    id,
    ownerId,
    name,
    emoji,
    percent: targetMinor === null ? null : percentOf(balanceMinor, targetMinor),
    balance: shared?.showAmount === true ? presentMoney(balanceMinor, currency) : null,
  };
}
