import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import supertest from 'supertest';
import { waitFor } from '#platform/testing/wait';
import { createContext } from '../context.ts';
import { catchUpEvents } from '../jobs/catch-up-events.ts';
import type { ProviderEvent } from '../provider/provider.ts';
import { webhookSecrets } from './sandbox-control.ts';
import { asService, createLinkedPerson, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let linked: Awaited<ReturnType<typeof createLinkedPerson>>;
beforeAll(async () => {
  world = await startWorld();
  linked = await createLinkedPerson(world);
});
afterAll(() => world.stop());

const [newSecret = '', oldSecret = ''] = webhookSecrets;

/** Holds a transfer in `submitted`: the provider's own webhooks about it never leave. */
async function createQuietTransfer() {
  const { sandbox, client } = world;
  await sandbox.setFaults({ dropWebhooks: 1 });
  const body = {
    userId: linked.as.userId,
    accountId: linked.account.accountId,
    direction: 'deposit' as const,
    amount: { amountMinor: 500, currency: 'EUR' },
  };
  return (await client.createTransfer({ as: asService, path: { transferId: randomUUID() }, body }).expect(202)).body;
}

function eventOf(transferId: string, status: string) {
  return {
    id: `evt_${randomUUID()}`,
    type: 'transfer.updated',
    createdAt: new Date().toISOString(),
    data: { transferId, status, reason: null },
  };
}

/** Sends an event as the provider does (signed by the Standard Webhooks library); `changes` spoil it. */
function deliver(
  event: { id: string },
  { secret = newSecret, at = new Date(), headers = {}, body = JSON.stringify(event) } = {},
) {
  const signature = new Webhook(secret).sign(event.id, at, JSON.stringify(event));
  return supertest(world.url)
    .post('/v1/webhooks')
    .set({
      'content-type': 'application/json',
      'webhook-id': event.id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signature,
      ...headers,
    })
    .send(body);
}

async function statusOf(transferId: string) {
  return (await world.client.getTransfer({ as: asService, path: { transferId } }).expect(200)).body;
}

/** Waits until nothing is left to be done about the events so far. */
async function settleEvents() {
  await waitFor('all events to be worked on', async () => {
    const { rows } = await world.database.query('select from provider_event where processed_at is null');
    return rows.length === 0;
  });
}

test('an event signed with either of the two live keys is taken', async () => {
  for (const secret of [newSecret, oldSecret]) {
    const { id } = await createQuietTransfer();

    const reply = await deliver(eventOf(id, 'settled'), { secret });

    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({ received: true });
    await waitFor('the transfer to settle', async () => (await statusOf(id)).status === 'settled');
  }
});

test('the same event again, ten times over, has no effect', async () => {
  const { id } = await createQuietTransfer();
  const event = eventOf(id, 'settled');

  const replies = await Promise.all(Array.from({ length: 10 }, () => deliver(event)));
  await settleEvents();

  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await statusOf(id)).toMatchObject({ status: 'settled', sequence: 2 });
});

test('events in the wrong order do not move a transfer back', async () => {
  const { id } = await createQuietTransfer();

  for (const status of ['settled', 'processing', 'submitted', 'failed'])
    expect((await deliver(eventOf(id, status))).status).toBe(200);
  await settleEvents();

  expect(await statusOf(id)).toMatchObject({ status: 'settled', sequence: 2 });
});

test('an unsigned, stale, early, mutated or foreign event is refused and changes nothing', async () => {
  const { id } = await createQuietTransfer();
  const event = eventOf(id, 'settled');
  const minutes = (count: number) => new Date(Date.now() + count * 60_000);
  const foreignSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

  const replies = await Promise.all([
    deliver(event, { headers: { 'webhook-signature': '' } }),
    deliver(event, { headers: { 'webhook-signature': 'v1,AAAA' } }),
    deliver(event, { headers: { 'webhook-id': 'evt_other' } }),
    deliver(event, { headers: { 'webhook-timestamp': String(Math.floor(Date.now() / 1000) + 1) } }),
    deliver(event, { headers: { 'webhook-timestamp': 'soon' } }),
    deliver(event, { at: minutes(-6) }),
    deliver(event, { at: minutes(6) }),
    deliver(event, { secret: foreignSecret }),
    deliver(event, { body: JSON.stringify({ ...event, type: 'consent.updated' }) }),
    deliver(event, { body: `${JSON.stringify(event)} ` }),
    deliver(event, { body: '{}' }),
    supertest(world.url).post('/v1/webhooks').send(event),
  ]);

  for (const { status, body } of replies) {
    expect({ status, code: (body as { code: string }).code }).toEqual({
      status: 401,
      code: 'webhook_signature_invalid',
    });
  }
  expect(await statusOf(id)).toMatchObject({ status: 'submitted' });
});

test('a signed body that is no event of ours is a 400, and an unknown type is taken and left alone', async () => {
  const broken = { ...eventOf('not-an-id', 'settled') };
  const unknown = { ...eventOf(randomUUID(), 'settled'), type: 'statement.ready' };
  const stranger = eventOf(randomUUID(), 'settled');

  expect((await deliver(broken)).status).toBe(400);
  expect((await deliver(unknown)).status).toBe(200);
  expect((await deliver(stranger)).status).toBe(200);
  await settleEvents();
});

test('webhooks that were never sent are made good from the provider’s feed', async () => {
  const { id } = await createQuietTransfer();
  await waitFor('the provider to settle it', async () => (await world.sandbox.findTransfer(id))?.status === 'settled');
  expect(await statusOf(id)).toMatchObject({ status: 'submitted' });

  await world.database.query(`select flagship_jobs.add_job('catchUpEvents', '{}'::json, job_key := 'catchUpEvents')`);

  await waitFor('the transfer to settle here', async () => (await statusOf(id)).status === 'settled');
});

test('webhooks sent twice and shuffled settle each transfer once', async () => {
  const transfers = await Promise.all([1, 2, 3].map(() => createQuietTransfer()));
  await world.sandbox.setFaults({ duplicateWebhooks: 2, shuffleWebhooks: true });
  const more = await Promise.all(
    transfers.map(({ amount, accountId }) =>
      world.client
        .createTransfer({
          as: asService,
          path: { transferId: randomUUID() },
          body: { userId: linked.as.userId, accountId, direction: 'deposit', amount },
        })
        .expect(202),
    ),
  );

  for (const { body } of more) {
    await waitFor('it to settle', async () => (await statusOf(body.id)).status === 'settled');
    expect(await world.sandbox.findTransfer(body.id)).toMatchObject({ createCalls: 1 });
  }
  await world.sandbox.setFaults({});
});

test('what is no event in the feed keeps no other from being read', async () => {
  const transfer = await createQuietTransfer();
  const { ctx, resources } = createContext('flagship-test', world.config, world.clock);
  const settled = eventOf(transfer.id, 'settled');
  const { id: _id, ...nameless } = eventOf(transfer.id, 'failed');
  const unkept = ['a\0b', 'a\ud800b'].map((reason) => ({
    ...eventOf(transfer.id, 'failed'),
    data: { transferId: transfer.id, status: 'failed', reason },
  }));
  const events = [eventOf('no-such-id', 'settled'), nameless, null, ...unkept, settled] as unknown as ProviderEvent[];
  // The sandbox tells nothing but events, so this feed is another one; what comes after it is read from the beginning.
  const provider = { ...ctx.provider, listEvents: () => Promise.resolve({ events, nextCursor: 'c1', hasMore: false }) };

  await catchUpEvents({ ...ctx, provider });

  await waitFor('the news of the transfer', async () => (await statusOf(transfer.id)).status === 'settled');
  await settleEvents();
  for (const resource of resources) await resource.close();
  await world.sandbox.setFaults({});
});
