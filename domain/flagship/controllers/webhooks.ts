import type { ServiceContext } from '../context.ts';
import type { FlagshipHandlers } from '../routes/handlers.ts';
import * as webhooks from '../services/webhooks.ts';

export function webhookControllers(ctx: ServiceContext): Pick<FlagshipHandlers, 'receiveWebhook'> {
  return {
    receiveWebhook: async ({ headers, rawBody, body }) => {
      const delivery = {
        id: headers['webhook-id'],
        timestamp: headers['webhook-timestamp'],
        signature: headers['webhook-signature'],
        body: rawBody,
      };
      await webhooks.receiveWebhook(ctx, delivery, body);
      return { status: 200, body: { received: true } };
    },
  };
}
