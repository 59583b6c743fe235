import { createHmac, timingSafeEqual } from 'node:crypto';

export interface WebhookDelivery {
  id: string | undefined;
  timestamp: string | undefined;
  signature: string | undefined;
  /** The bytes as they arrived. */
  body: Buffer;
}
const windowMs = 5 * 60_000;

/**
 * Standard Webhooks 1.0 (https://www.standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`, by any of the live
 * secrets (`whsec_` and base64), made within five minutes of now.
 */
export function isSigned({ id, timestamp, signature, body }: WebhookDelivery, secrets: string[], now: Date): boolean {
  if (id === undefined || signature === undefined || !/^\d{1,12}$/.test(timestamp ?? '')) return false;
  if (Math.abs(now.getTime() - Number(timestamp) * 1000) > windowMs) return false;
  const sent = signature
    .split(' ')
    .filter((candidate) => candidate.startsWith('v1,'))
    .map((candidate) => Buffer.from(candidate.slice(3), 'base64'));
  return secrets.some((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const right = createHmac('sha256', key)
      .update(`${id}.${String(timestamp)}.`)
      .update(body)
      .digest();
    return sent.some((candidate) => candidate.length === right.length && timingSafeEqual(candidate, right));
  });
}
