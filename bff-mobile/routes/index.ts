import type { Context } from '../context.ts';
import { bankControllers } from '../controllers/banks.ts';
import { pocketControllers } from '../controllers/pockets.ts';
import { screenControllers } from '../controllers/screens.ts';
import { sessionControllers } from '../controllers/session.ts';
import { socialControllers } from '../controllers/social.ts';
import { walletControllers } from '../controllers/wallet.ts';
import type { MobileHandlers } from './handlers.ts';

/** The table of contents: every operation of openapi/bff-mobile.yaml, from the controller of its resource. */
export function createRoutes(ctx: Context, { stepUpAboveUnits }: { stepUpAboveUnits: number }): MobileHandlers {
  return {
    ...sessionControllers(ctx),
    ...screenControllers(ctx),
    ...socialControllers(ctx),
    ...pocketControllers(ctx),
    ...walletControllers(ctx, stepUpAboveUnits),
    ...bankControllers(ctx),
  };
}
