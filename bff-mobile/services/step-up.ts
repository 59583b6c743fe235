import { decimalsOf, isKnownCurrency } from '#platform/currencies';
import type { Context } from '../context.ts';
import { stepUpRequired } from '../errors.ts';
import type { Session } from '../helpers/user-tokens.ts';

const freshSessionMs = 10 * 60_000;

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
  const { amountMinor, currency } = amount;
  if (isKnownCurrency(currency) && amountMinor <= aboveUnits * 10 ** decimalsOf(currency)) return;
  if (!(await userTokens.isStepUp(token, session))) throw stepUpRequired();
}

/** What is grave needs a step-up too, unless the session itself began with the password just now. */
export async function assertProvedLately(
  { userTokens, social, clock }: Pick<Context, 'userTokens' | 'social' | 'clock'>,
  session: Session,
  token: string | undefined,
): Promise<void> {
  if (token !== undefined) {
    if (!(await userTokens.isStepUp(token, session))) throw stepUpRequired();
    return;
  }
  const { body } = await social.listSessions({ caller: { userId: session.userId } });
  const current = body.items.find(({ id }) => id === session.sessionId);
  const age = current ? clock.now().getTime() - Date.parse(current.createdAt) : Infinity;
  if (age > freshSessionMs) throw stepUpRequired();
}
