import { randomBytes } from 'node:crypto';
import type { components } from '#openapi/flagship-provider';
import { Problem } from '#platform/problem';
import { stableId } from './random.ts';
import type { WebhookKeyRecord } from './records.ts';
import type { Sandbox } from './sandbox.ts';
import { isoTime } from './sandbox-clock.ts';

type Keys = Pick<Sandbox, 'store' | 'clock'>;
const most = 2;

/** The keys of the configuration sign until they are retired, or have left the configuration. */
export function keepConfiguredKeys({ store, clock, config }: Keys & Pick<Sandbox, 'config'>): void {
  const ids = config.webhookSecrets.map((secret) => {
    const id = stableId('whk', secret);
    const known = store.get('webhookKey', id);
    if (!known) keep({ store, clock }, id, secret, true);
    return id;
  });
  for (const key of liveKeys({ store })) {
    if (key.isConfigured && !ids.includes(key.id)) store.put('webhookKey', key.id, { ...key, isRetired: true });
  }
}

/** Those that sign, oldest first. */
export function liveKeys({ store }: Pick<Sandbox, 'store'>): WebhookKeyRecord[] {
  return store.list('webhookKey').filter(({ isRetired }) => !isRetired);
}

export function createWebhookKey(keys: Keys) {
  if (liveKeys(keys).length >= most) throw new Problem('webhook_keys_full');
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const key = keep(keys, stableId('whk', secret), secret, false);
  return { ...presentKey(key), secret };
}

export function retireWebhookKey({ store }: Pick<Sandbox, 'store'>, keyId: string): void {
  const live = liveKeys({ store });
  const key = live.find(({ id }) => id === keyId);
  if (!key) throw new Problem('not_found', 'No live key has this id.');
  if (live.length === 1) throw new Problem('webhook_key_last');
  store.put('webhookKey', keyId, { ...key, isRetired: true });
}

export function presentKey({ id, createdAt }: WebhookKeyRecord): components['schemas']['WebhookKey'] {
  return { id, createdAt: isoTime(createdAt) };
}

function keep({ store, clock }: Keys, id: string, secret: string, isConfigured: boolean): WebhookKeyRecord {
  return store.put('webhookKey', id, { id, secret, createdAt: clock.now(), isConfigured, isRetired: false });
}
