import { currencyMismatch } from '../errors.ts';
import type { Money } from '../helpers/present-money.ts';

/** The sum of a goal in minor units, which must be in the pocket's currency. Null and undefined stay what they are. */
export function minorIn(currency: string, money: Money | undefined, pointer: string): number | undefined;
export function minorIn(currency: string, money: Money | null | undefined, pointer: string): number | null | undefined;
export function minorIn(currency: string, money: Money | null | undefined, pointer: string): number | null | undefined {
  if (money === null || money === undefined) return money;
  if (money.currency !== currency) throw currencyMismatch(`${pointer}/currency`, currency);
  return money.amountMinor;
}
