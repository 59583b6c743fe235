import type { Context } from '../context.ts';
import { bankControllers } from '../controllers/banks.ts';
import { pocketControllers } from '../controllers/pockets.ts';
import { screenControllers } from '../controllers/screens.ts';
import { sessionControllers } from '../controllers/session.ts';
import { socialControllers } from '../controllers/social.ts';
import { walletControllers } from '../controllers/wallet.ts';
import type { MobileHandlers } from './handlers.ts';

/** Every operation of bff-mobile.yaml and what answers it; one that is missing does not compile. */
export function createHandlers(ctx: Context, { stepUpAboveUnits }: { stepUpAboveUnits: number }): MobileHandlers {
  return {
    ...sessionControllers(ctx),
    ...screenControllers(ctx),
    ...socialControllers(ctx),
    ...pocketControllers(ctx),
    ...walletControllers(ctx, stepUpAboveUnits),
    ...bankControllers(ctx),
  };
}
