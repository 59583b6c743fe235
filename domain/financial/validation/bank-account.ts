import { isKnownCurrency } from '#platform/currencies';
import { currencyMismatch, currencyUnknown } from '../errors.ts';
import type { Money } from '../helpers/present-money.ts';

/** Balances must be in the account's own currency. */
export function assertBankAccount(
  { currency, balance, available }: { currency: string; balance: Money | null; available: Money | null },
  pointer: string,
): void {
  if (!isKnownCurrency(currency)) throw currencyUnknown(`${pointer}/currency`);
  for (const [name, money] of Object.entries({ balance, available })) {
    if (money !== null && money.currency !== currency) throw currencyMismatch(`${pointer}/${name}/currency`, currency);
  }
}
