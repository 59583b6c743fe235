import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { findLedgerFaults } from '../../domain/financial/tests/ledger-check.ts';
import { waitFor } from '../../platform/testing/wait.ts';
import { crash } from './crash.ts';
import { openCustomers, startTransfer } from './provider/customers.ts';
import { setFaults } from './provider/sandbox.ts';
import { createSender, forge } from './provider/webhooks.ts';
import type { Sender, SentEvent } from './provider/webhooks.ts';
import type { ChaosContext, Figure, Scenario } from './scenario.ts';
import { runWorkers } from './workers.ts';

/** R6: each event ten times, in any order, by eight senders, at a receiver that is killed; and forged ones. */
export const eventsCountOnce: Scenario = {
  name: 'R6',
  promise: 'an event counts once',
  run,
};

const senders = 8;
const copies = 10;
const kills = 5;
const eventsEach = 4;

async function run(ctx: ChaosContext): Promise<Figure[]> {
  const ids = await startQuietTransfers(ctx, ctx.scale(2_000, 50_000) / eventsEach);
  const returned = new Set(ids.filter(() => ctx.random.below(2) === 0));
  const events = ids.flatMap((id) => eventsOf(id, returned.has(id)));
  const sender = createSender(ctx);
  ctx.say(`${String(events.length)} events are sent ${String(copies)} times each`);
  try {
    const failed = await deliverAll(ctx, sender, shuffle(ctx, events.flatMap((event) => Array<SentEvent>(copies).fill(event))));
    ctx.say('all were taken; now forged ones');
    const accepted = await deliverForged(ctx, sender, events, ctx.scale(10_000, 100_000));
    ctx.say('waiting for all to be worked off');
    await allWorkedOff(ctx, events);
    return [
      { what: 'events', value: events.length },
      { what: 'deliveries that a kill broke, sent again', value: failed, must: { atLeast: 1 } },
      { what: 'forged ones that were taken', value: accepted.length, must: { be: 0 }, examples: accepted },
      ...(await figuresOf(ctx, { ids, returned, events })),
    ];
  } finally {
    await sender.close();
    await setFaults(ctx, {});
  }
} // prettier-ignore

/** Transfers that lie at the provider, which tells nothing of them: what comes of them is told by the scenario alone. */
async function startQuietTransfers(ctx: ChaosContext, count: number): Promise<string[]> {
  await setFaults(ctx, { stallTransfers: true, dropWebhooks: 1 });
  const customers = await openCustomers(ctx, 5);
  const ids: string[] = [];
  let planned = 0;
  await runWorkers(senders, () => planned < count, async () => {
    planned += 1;
    const transfer = { direction: 'withdrawal', amountMinor: 1 + ctx.random.below(500), key: `quiet ${String(planned)}` } as const;
    ids.push(await startTransfer(ctx, ctx.random.pick(customers), transfer));
  }); // prettier-ignore
  await waitFor('the provider to have them all', async () => {
    const { rows } = await ctx.sql('flagship').query<{ sent: number }>(
      `select count(*)::int as sent from transfer where id = any($1) and status in ('submitted', 'processing')`,
      [ids],
    );
    return rows[0]?.sent === count;
  }, { timeoutMs: 180_000 }); // prettier-ignore
  return ids;
}

/** Every state of a transfer, and one of them told again as another event. */
function eventsOf(transferId: string, isReturned: boolean): SentEvent[] {
  const day = new Date().toISOString().slice(0, 10);
  return ['submitted', 'processing', 'settled', isReturned ? 'returned' : 'processing'].map((status) => ({
    id: `evt_${randomUUID()}`,
    type: 'transfer.updated',
    createdAt: new Date().toISOString(),
    data: {
      transferId,
      status,
      reason: null,
      settledAt: null,
      valueDate: status === 'settled' || status === 'returned' ? day : null,
      returnedAt: null,
      returnValueDate: status === 'returned' ? day : null,
    },
  }));
}

/** Sends until each delivery was taken; how often one was not. */
async function deliverAll(ctx: ChaosContext, sender: Sender, deliveries: SentEvent[]): Promise<number> {
  const total = deliveries.length;
  let failed = 0;
  let crashes = 0;
  const load = runWorkers(senders, () => deliveries.length > 0, async () => {
    const event = deliveries.pop();
    if (!event || (await sender.post(sender.sign(event))) === 200) return;
    failed += 1;
    deliveries.unshift(event);
    await delay(20);
  }); // prettier-ignore
  while (crashes < kills) {
    const due = total * (1 - (crashes + 1) / (kills + 1));
    await waitFor('enough deliveries', () => deliveries.length <= due, { timeoutMs: 600_000 });
    await crash(ctx.stack, 'flagship');
    crashes += 1;
  }
  await load;
  return failed;
}

/** Each is changed in one place; those that were taken all the same. */
async function deliverForged(ctx: ChaosContext, sender: Sender, events: SentEvent[], count: number): Promise<string[]> {
  const taken: string[] = [];
  let planned = 0;
  await runWorkers(senders, () => planned < count, async () => {
    planned += 1;
    const forged = forge(ctx, sender.sign(ctx.random.pick(events)), planned);
    const status = await sender.post(forged);
    if (status !== 401) taken.push(`${String(status)} for ${JSON.stringify(forged.headers)}`);
  }); // prettier-ignore
  return taken;
}

async function allWorkedOff(ctx: ChaosContext, events: SentEvent[]): Promise<void> {
  const ids = events.map(({ id }) => id);
  await waitFor('every event to be worked off and told', async () => {
    const { rows } = await ctx.sql('flagship').query<{ open: number }>(
      `select (select count(*) from provider_event where id = any($1) and processed_at is null)::int
         + (select count(*) from transfer where told_sequence < sequence)::int as open`,
      [ids],
    );
    return rows[0]?.open === 0;
  }, { timeoutMs: 300_000 }); // prettier-ignore
}

async function figuresOf(
  ctx: ChaosContext,
  { ids, returned, events }: { ids: string[]; returned: Set<string>; events: SentEvent[] },
): Promise<Figure[]> {
  const { rows: kept } = await ctx
    .sql('flagship')
    .query<{ kept: number }>('select count(*)::int as kept from provider_event where id = any($1)', [
      events.map(({ id }) => id),
    ]);
  const { rows } = await ctx.sql('financial').query<{ id: string; status: string; bookings: number }>(
    `select id, status, (select count(*) from ledger_transaction where transfer_id = transfer.id)::int as bookings
     from transfer where id = any($1)`,
    [ids],
  );
  const back = rows.filter(({ id, status }) => status !== (returned.has(id) ? 'returned' : 'settled'));
  const often = rows.filter(({ id, bookings }) => bookings !== (returned.has(id) ? 2 : 1));
  const wrong = await findLedgerFaults(ctx.sql('financial'));
  const list = (found: typeof rows) =>
    found.map(({ id, status, bookings }) => `${id} ${status}, ${String(bookings)} bookings`);
  return [
    { what: 'events kept', value: kept[0]?.kept ?? 0, must: { be: events.length } },
    { what: 'transfers not in their last state', value: back.length, must: { be: 0 }, examples: list(back) },
    { what: 'transfers not booked once for each', value: often.length, must: { be: 0 }, examples: list(often) },
    { what: 'faults in the books', value: wrong.length, must: { be: 0 }, examples: wrong },
  ]; // prettier-ignore
}

function shuffle<T>(ctx: ChaosContext, items: T[]): T[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = ctx.random.below(last + 1);
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}
