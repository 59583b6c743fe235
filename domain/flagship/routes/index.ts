import type { ServiceContext } from '../context.ts';
import { accountControllers } from '../controllers/accounts.ts';
import { bankScreenControllers } from '../controllers/bank-screen.ts';
import { connectionControllers } from '../controllers/connections.ts';
import { leavingControllers } from '../controllers/leaving.ts';
import { staffFigureControllers } from '../controllers/staff-figures.ts';
import { transactionControllers } from '../controllers/transactions.ts';
import { transferControllers } from '../controllers/transfers.ts';
import { webhookControllers } from '../controllers/webhooks.ts';
import type { FlagshipHandlers } from './handlers.ts';

/** The table of contents: every operation of openapi/flagship.yaml, from the controller of its resource. */
export function createRoutes(ctx: ServiceContext): FlagshipHandlers {
  return {
    ...connectionControllers(ctx),
    ...accountControllers(ctx),
    ...transactionControllers(ctx),
    ...bankScreenControllers(ctx),
    ...transferControllers(ctx),
    ...staffFigureControllers(ctx),
    ...webhookControllers(ctx),
    ...leavingControllers(ctx),
  };
}
