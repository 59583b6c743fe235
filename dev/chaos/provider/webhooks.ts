import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { Pool } from 'undici';
import { loadSecrets } from '../../stack/secrets.ts';
import type { ChaosContext } from '../scenario.ts';

/** An event as the provider sends it. */
export interface SentEvent {
  id: string;
  type: 'transfer.updated';
  createdAt: string;
  data: object;
}
export interface Signed {
  headers: Record<string, string>;
  body: string;
}

/** Sends webhooks to flagship as the provider does. */
export function createSender({ stack, devDir }: ChaosContext) {
  const pool = new Pool(stack.endpoints.urls['flagship'] ?? '', { connections: 32, headersTimeout: 15_000 });
  const webhook = new Webhook(loadSecrets(devDir).webhookSecret);
  return {
    sign: (event: SentEvent): Signed => {
      const now = new Date();
      const body = JSON.stringify(event);
      const timestamp = String(Math.floor(now.getTime() / 1000));
      const signature = webhook.sign(event.id, now, body);
      const headers = { 'webhook-id': event.id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
      return { body, headers: { ...headers, 'content-type': 'application/json' } };
    },
    /** The status; 0 when the connection broke. */
    post: async ({ headers, body }: Signed): Promise<number> => {
      try {
        const response = await pool.request({ method: 'POST', path: '/v1/webhooks', headers, body });
        await response.body.dump();
        return response.statusCode;
      } catch {
        return 0;
      }
    },
    close: () => pool.destroy(),
  };
}
export type Sender = ReturnType<typeof createSender>;

/** The same, changed in one place. */
export function forge(ctx: ChaosContext, { headers, body }: Signed, number: number): Signed {
  const [version = '', signature = ''] = (headers['webhook-signature'] ?? '').split(',');
  const bytes = Buffer.from(signature, 'base64');
  const spoilt = () => {
    const place = ctx.random.below(bytes.length);
    bytes[place] = (bytes[place] ?? 0) ^ (1 + ctx.random.below(255));
    return `${version},${bytes.toString('base64')}`;
  };
  const otherDigest = createHash('sha256').update(String(number)).digest('base64');
  const changes: (() => Signed)[] = [
    () => ({ body, headers: { ...headers, 'webhook-signature': spoilt() } }),
    () => ({ body, headers: { ...headers, 'webhook-signature': `v1,${otherDigest}` } }),
    () => ({ body, headers: { ...headers, 'webhook-signature': `v1,${signature.slice(0, ctx.random.below(40))}` } }),
    () => ({ body, headers: { ...headers, 'webhook-id': `evt_${String(number)}` } }),
    () => ({ body, headers: { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1 + ctx.random.below(200)) } }),
    () => ({ body: body.replace('"status":"', '"status": "'), headers }),
  ]; // prettier-ignore
  return ctx.random.pick(changes)();
}
