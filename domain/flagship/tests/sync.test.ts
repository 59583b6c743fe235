import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '#platform/testing/wait';
import { createLinkedPerson, providerIds, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

type Linked = Awaited<ReturnType<typeof createLinkedPerson>>;

async function listAll({ as, account }: Linked) {
  const items = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 30, ...(cursor !== null && { cursor }) };
    const { body } = await world.client.listTransactions({ as, path: account, query }).expect(200);
    items.push(...body.items);
    cursor = body.nextCursor;
  } while (cursor !== null);
  return items;
}

test('a new transaction at the bank shows here, and the balance with it', async () => {
  const linked = await createLinkedPerson(world);
  const before = await listAll(linked);
  const { account } = await providerIds(world, linked.account.accountId);

  await world.sandbox.addTransaction(account, { amountMinor: -4_321, description: 'BIKE SHOP' });

  const after = await waitFor('the transaction', async () => {
    const items = await listAll(linked);
    return items.length === before.length + 1 && items;
  });
  expect(after).toContainEqual(
    expect.objectContaining({ description: 'BIKE SHOP', amount: { amountMinor: -4_321, currency: 'EUR' } }),
  );
  const { items } = (await world.client.listBalances({ as: linked.as }).expect(200)).body;
  expect(items[0]?.balance?.amountMinor).toBe((linked.account.balance?.amountMinor ?? 0) - 4_321);
});

test('a pending transaction that is booked replaces itself, and is not counted twice', async () => {
  const linked = await createLinkedPerson(world);
  const { account } = await providerIds(world, linked.account.accountId);
  await world.sandbox.addTransaction(account, { amountMinor: -777, description: 'HOTEL', pending: true });
  const held = await waitFor('the pending one', async () =>
    (await listAll(linked)).find(({ description }) => description === 'HOTEL'),
  );
  expect(held.pending).toBe(true);

  await world.sandbox.runScenario('book_pending', account);

  const booked = await waitFor('the booked one', async () => {
    const hotels = (await listAll(linked)).filter(({ description }) => description === 'HOTEL');
    return hotels.length === 1 && hotels[0]?.pending === false && hotels[0];
  });
  expect(booked.id).not.toBe(held.id);
});

test('a sync that broke off goes on from the stored cursor, without a gap and without a double', async () => {
  const linked = await createLinkedPerson(world);
  const before = await listAll(linked);
  const { account } = await providerIds(world, linked.account.accountId);
  // More than one page of changes, while one answer in four is lost.
  await world.sandbox.setFaults({ errorRate: 0.25, dropWebhooks: 1 });
  const amounts = Array.from({ length: 250 }, (_, index) => -(index + 1));
  await Promise.all(
    amounts.map((amountMinor) => world.sandbox.addTransaction(account, { amountMinor, description: 'ITEM' })),
  );

  const path = { connectionId: linked.connection.id };
  await waitFor(
    'all of them',
    async () => {
      await world.client.syncConnection({ as: linked.as, path }).expect(202);
      await world.hurryJobs();
      const { rows } = await world.database.query<{ count: number }>(
        'select count(*)::int from bank_transaction where account_id = $1',
        [linked.account.accountId],
      );
      return rows[0]?.count === before.length + amounts.length;
    },
    { everyMs: 500 },
  );
  await world.sandbox.setFaults({});

  const items = await listAll(linked);
  expect(items).toHaveLength(before.length + amounts.length);
  expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
  const added = items.filter(({ description }) => description === 'ITEM').map(({ amount }) => amount.amountMinor);
  expect(added.sort((a, b) => b - a)).toEqual(amounts);
});

test('an access token that has run out at the provider is replaced, unseen by anybody', async () => {
  const linked = await createLinkedPerson(world);
  const { account } = await providerIds(world, linked.account.accountId);
  await world.sandbox.advanceClock(3_600);

  await world.sandbox.addTransaction(account, { amountMinor: -55, description: 'LATER' });

  await waitFor('the transaction', async () =>
    (await listAll(linked)).some(({ description }) => description === 'LATER'),
  );
});

test('a consent that has run out ends the connection, and its last figures stay with their state', async () => {
  const linked = await createLinkedPerson(world);
  await world.sandbox.advanceClock(91 * 86_400);

  await world.client.syncConnection({ as: linked.as, path: { connectionId: linked.connection.id } }).expect(202);

  const ended = await waitFor('the connection to end', async () => {
    const { body } = await world.client
      .getConnection({ as: linked.as, path: { connectionId: linked.connection.id } })
      .expect(200);
    return body.status === 'expired' && body;
  });
  expect(ended.health).toMatchObject({ state: 'ended', action: 'link_again', nextSyncAt: null });
  const { items } = (await world.client.listBalances({ as: linked.as }).expect(200)).body;
  expect(items[0]).toMatchObject({ status: 'revoked', balance: linked.account.balance });
});
