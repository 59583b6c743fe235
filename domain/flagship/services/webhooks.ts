import { inTransaction } from '#platform/database';
import type { ServiceContext } from '../context.ts';
import { webhookSignatureInvalid } from '../errors.ts';
import { isSigned } from '../helpers/webhook-signature.ts';
import type { WebhookDelivery } from '../helpers/webhook-signature.ts';
import { readEvent } from '../validation/event.ts';
import { keepEvents } from './events.ts';

/** Checks who sent it, keeps it, and is done: a job does the rest. */
export async function receiveWebhook(ctx: ServiceContext, delivery: WebhookDelivery, body: unknown): Promise<void> {
  if (!isSigned(delivery, ctx.webhookSecrets, ctx.clock.now())) throw webhookSignatureInvalid();
  const event = readEvent(body, delivery.id ?? '');
  if (event) await inTransaction(ctx.db, (tx) => keepEvents(ctx, tx, [event], 'webhook'));
}
