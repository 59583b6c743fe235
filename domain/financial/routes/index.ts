import type { Context } from '../context.ts';
import { bankAccountControllers } from '../controllers/bank-accounts.ts';
import { homeControllers } from '../controllers/home.ts';
import { moneySummaryControllers } from '../controllers/money-summary.ts';
import { movementControllers } from '../controllers/movements.ts';
import { pocketControllers } from '../controllers/pockets.ts';
import { transferControllers } from '../controllers/transfers.ts';
import { walletControllers } from '../controllers/wallet.ts';
import type { FinancialHandlers } from './handlers.ts';

/** The table of contents: every operation of openapi/financial.yaml, from the controller of its resource. */
export function createRoutes(ctx: Context): FinancialHandlers {
  return {
    ...homeControllers(ctx),
    ...pocketControllers(ctx),
    ...movementControllers(ctx),
    ...walletControllers(ctx),
    ...transferControllers(ctx),
    ...bankAccountControllers(ctx),
    ...moneySummaryControllers(ctx),
  };
}
