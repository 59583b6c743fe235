import type { Context } from '../context.ts';
import { stepUpRequired } from '../errors.ts';
import type { Session } from '../helpers/user-tokens.ts';

interface Withdrawal {
  /** The `X-Step-Up` header. */
  token: string | undefined;
  amount: { amountMinor: number; currency: string };
  /** The limit, in whole units of the currency. */
  aboveUnits: number;
}

/** Money leaving CLYNC above the limit needs the password again, shortly before, in the same session. */
export async function assertSteppedUp(
  { userTokens }: Pick<Context, 'userTokens'>,
  session: Session,
  { token, amount, aboveUnits }: Withdrawal,
): Promise<void> {
  if (amount.amountMinor <= aboveUnits * 10 ** minorDigits(amount.currency)) return;
  if (!(await userTokens.isStepUp(token, session))) throw stepUpRequired();
}

/** The exponent of a currency (ISO 4217), as the Unicode CLDR of the runtime knows it; 2 for an unknown code. */
function minorDigits(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
