import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { newSecret } from './random.ts';
import type { Event, EventRecord } from './records.ts';
import type { Sandbox } from './sandbox.ts';
import { isoTime } from './sandbox-clock.ts';
import type { Store } from './store.ts';
import { readCursor } from './transactions.ts';
import { liveKeys } from './webhook-keys.ts';

type DataOf<Type extends Event['type']> = Extract<Event, { type: Type }>['data'];

export interface Events {
  /** `at`: when it is said to have happened, on the sandbox's clock; now, where it is left out. */
  emit<Type extends Event['type']>(type: Type, data: DataOf<Type>, at?: number): void;
  close(): void;
}

const second = 1_000;
/** Pauses between deliveries; the last is repeated until 72 hours have passed. */
const pausesMs = [1, 2, 5, 15, 60, 300, 1_800, 7_200].map((seconds) => seconds * second);
const maxAttempts = pausesMs.length + 34;

type Emitter = Pick<Sandbox, 'config' | 'log' | 'store' | 'clock' | 'faults'>;

/** Keeps every event for the feed, and sends it to the client's webhook until it is taken. */
export function createEvents(sandbox: Emitter): Events {
  const { store, clock, faults } = sandbox;
  const inFlight = new Set<string>();
  const abort = new AbortController();
  const waiting = new Map(
    store
      .list('event')
      .filter(isOpen)
      .map((record) => [record.event.id, record]),
  );

  function deliverDue(): void {
    const due = [...waiting.values()].filter(
      ({ event, nextAttemptAt }) => nextAttemptAt <= Date.now() && !inFlight.has(event.id),
    );
    if (faults.settings.shuffleWebhooks) due.reverse();
    for (const record of due.slice(0, 8 - inFlight.size)) {
      inFlight.add(record.event.id);
      void attempt(sandbox, record, abort.signal).then((after) => {
        inFlight.delete(record.event.id);
        if (abort.signal.aborted) return;
        store.put('event', record.event.id, after);
        if (isOpen(after)) waiting.set(after.event.id, after);
        else waiting.delete(after.event.id);
      });
    }
  }
  const timer = setInterval(deliverDue, 50);

  return {
    emit: (type, data, at = clock.now()) => {
      const event = { id: newSecret('evt'), type, createdAt: isoTime(at), data } as Event;
      const dropped = faults.losesWebhook();
      // Long enough that events which follow each other are waiting together, and can leave in another order.
      const delayMs = faults.settings.shuffleWebhooks ? second : 0;
      const record = {
        sequence: store.count('event') + 1,
        event,
        delivered: dropped,
        attempts: 0,
        nextAttemptAt: Date.now() + delayMs,
      };
      store.put('event', event.id, record);
      if (!dropped) waiting.set(event.id, record);
    },
    close: () => {
      clearInterval(timer);
      abort.abort();
    },
  };
}

function isOpen({ delivered, attempts }: EventRecord): boolean {
  return !delivered && attempts < maxAttempts;
}

async function attempt(sandbox: Emitter, record: EventRecord, stop: AbortSignal): Promise<EventRecord> {
  const copies = 1 + sandbox.faults.settings.duplicateWebhooks;
  const results = await Promise.all(Array.from({ length: copies }, () => send(sandbox, record.event, stop)));
  const pauseMs = pausesMs[Math.min(record.attempts, pausesMs.length - 1)] ?? 0;
  return {
    ...record,
    delivered: results.includes(true),
    attempts: record.attempts + 1,
    nextAttemptAt: Date.now() + pauseMs,
  };
}

/** One delivery, signed now with every live secret (Standard Webhooks 1.0). True when the client took it. */
async function send({ config, log, store }: Emitter, event: Event, stop: AbortSignal): Promise<boolean> {
  const body = JSON.stringify(event);
  const now = new Date();
  const headers = {
    'Content-Type': 'application/json',
    'webhook-id': event.id,
    'webhook-timestamp': String(Math.floor(now.getTime() / second)),
    'webhook-signature': liveKeys({ store })
      .map(({ secret }) => new Webhook(secret).sign(event.id, now, body))
      .join(' '),
    'X-Request-Id': randomUUID(),
  };
  try {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(10 * second)]);
    const response = await fetch(config.webhookUrl, { method: 'POST', headers, body, redirect: 'manual', signal });
    await response.body?.cancel();
    return response.ok;
  } catch (error) {
    log.debug({ err: error, eventId: event.id }, 'a webhook was not taken');
    return false;
  }
}

/** The feed: every event, also those whose webhook was dropped. */
export function listEvents(store: Store, cursor: string | undefined, limit: number) {
  const after = readCursor(cursor);
  const all = store.list('event').filter(({ sequence }) => sequence > after);
  const page = all.slice(0, limit);
  const last = page.at(-1)?.sequence ?? after;
  return {
    items: page.map(({ event }) => event),
    nextCursor: last === 0 ? null : `c${String(last)}`,
    hasMore: all.length > page.length,
  };
}
