import type { operations } from '#openapi/flagship';
import type { Caller } from '#platform/caller';
import type { Handlers } from '#platform/contract';
import type { ServiceContext } from '../context.ts';
import { accountControllers } from '../controllers/accounts.ts';
import { connectionControllers } from '../controllers/connections.ts';
import { transferControllers } from '../controllers/transfers.ts';
import { webhookControllers } from '../controllers/webhooks.ts';

export type FlagshipHandlers = Handlers<operations, Caller>;

/** Every operation of flagship.yaml, by its resource. */
export function createHandlers(ctx: ServiceContext): FlagshipHandlers {
  return {
    ...connectionControllers(ctx),
    ...accountControllers(ctx),
    ...transferControllers(ctx),
    ...webhookControllers(ctx),
  };
}
