import type { Context } from '../context.ts';
import { closingBlocked } from '../errors.ts';
import type { Session } from '../helpers/user-tokens.ts';
import { assertProvedLately } from './step-up.ts';

type ClosingContext = Pick<Context, 'social' | 'financial' | 'userTokens' | 'endedSessions' | 'clock'>;

/** What financial calls in the way, in the phone's words. */
const blockerNames = {
  balance: 'balance',
  pending_transfer: 'pendingTransfer',
  owned_shared_pocket: 'ownedSharedPocket',
} as const;

/** @throws step_up_required; closing_blocked while there is money, or some is on its way */
export async function closeAccount(ctx: ClosingContext, session: Session, stepUpToken: string | undefined) {
  await assertProvedLately(ctx, session, stepUpToken);
  const { userId, sessionId } = session;
  const { body } = await ctx.financial.getClosingBlockers({ caller: { service: true }, path: { userId } });
  if (body.blockers.length > 0) {
    throw closingBlocked(Object.fromEntries(body.blockers.map(({ kind, ids }) => [blockerNames[kind], ids])));
  }
  const closed = await ctx.social.closeAccount({ caller: { userId } });
  ctx.endedSessions.add(sessionId);
  return closed.body;
}
