import type { ProviderEvent } from '../provider/provider.ts';
import { Problem } from '#platform/problem';
import { assertStorable } from '#platform/request-body';
import { invalidField } from '../errors.ts';

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const transferStatuses = ['submitted', 'processing', 'settled', 'failed', 'cancelled', 'returned'];

/**
 * The event in a signed body. It is checked here and not by the contract, because an unsigned body must be refused as
 * unsigned, whatever is in it. An event of a type we do not know is undefined: a provider may add types.
 */
export function readEvent(body: unknown, webhookId: unknown): ProviderEvent | undefined {
  const event = asObject(body);
  const data = asObject(event['data']);
  if (event['id'] !== webhookId) throw invalidField('/id', 'must be the webhook-id');
  check(event['id'], '/id', (value) => value.length >= 1 && value.length <= 256);
  switch (event['type']) {
    case 'transfer.updated':
      check(data['transferId'], '/data/transferId', (value) => uuid.test(value));
      check(data['status'], '/data/status', (value) => transferStatuses.includes(value));
      if (data['reason'] !== null) check(data['reason'], '/data/reason', (value) => value.length <= 64);
      break;
    case 'transactions.available':
    case 'consent.updated':
      check(data['consentId'], '/data/consentId', (value) => value.length <= 64);
      break;
    default:
      return undefined;
  }
  return event as unknown as ProviderEvent;
}

/** An event of the feed, which names itself; undefined also where it is not what an event holds. */
export function readFeedEvent(event: unknown): ProviderEvent | undefined {
  try {
    // A webhook with what no row can hold is refused before it is read.
    assertStorable(event, 'event');
    return readEvent(event, asObject(event)['id']);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

function check(value: unknown, pointer: string, isGood: (value: string) => boolean): void {
  if (typeof value !== 'string' || !isGood(value)) throw invalidField(pointer, 'is missing or not what an event holds');
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
