import { currencyUnknown, targetDatePassed } from '../errors.ts';
import { isKnownCurrency } from '../helpers/currencies.ts';

/** What a pocket is saved for, in minor units of its currency; null takes a goal away. */
export interface Goal {
  targetMinor?: number | null;
  /** `YYYY-MM-DD`. */
  targetDate?: string | null;
  monthlyMinor?: number | null;
}

export function assertKnown(currency: string): void {
  if (!isKnownCurrency(currency)) throw currencyUnknown('/currency');
}

/** A new date must lie after `today` (UTC). For a new pocket the ledger's function checks it, after the key. */
export function assertFuture(targetDate: string | null | undefined, today: string): void {
  if (typeof targetDate === 'string' && targetDate <= today) throw targetDatePassed(today);
}
