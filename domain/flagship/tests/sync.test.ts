import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '#platform/testing/wait';
import { createContext } from '../context.ts';
import { syncConnection } from '../jobs/sync-connection.ts';
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

test('a sync that is killed after its second page leaves no gap and no double', async () => {
  const linked = await createLinkedPerson(world);
  const before = await listAll(linked);
  const { account } = await providerIds(world, linked.account.accountId);
  await world.sandbox.setFaults({ dropWebhooks: 1, pageSize: 3 });
  for (let nth = 1; nth <= 8; nth += 1) {
    await world.sandbox.addTransaction(account, { amountMinor: -nth, description: 'LEFT OVER' });
  }

  const stop = await syncUntilKilled(linked.connection.id, 3);
  const kept = (await listAll(linked)).filter(({ description }) => description === 'LEFT OVER');
  expect(kept).toHaveLength(6);
  // Nobody gave the lease back: it ends by itself.
  world.clock.advance(61_000);
  await world.client.syncConnection({ as: linked.as, path: { connectionId: linked.connection.id } }).expect(202);

  const after = await waitFor('the rest', async () => {
    await world.hurryJobs();
    const items = await listAll(linked);
    return items.length >= before.length + 8 && items;
  });
  await stop();
  await world.sandbox.setFaults({});
  const sums = after.filter(({ description }) => description === 'LEFT OVER').map(({ amount }) => amount.amountMinor);
  expect(sums.sort((a, b) => b - a)).toEqual([-1, -2, -3, -4, -5, -6, -7, -8]);
});

/** Syncs as a worker does that dies before it hears of a page: it never comes back, and its lease stays. */
async function syncUntilKilled(connectionId: string, atPage: number): Promise<() => Promise<void>> {
  const { ctx, resources } = createContext('killed', world.config, world.clock);
  let page = 0;
  await new Promise<void>((die, fail) => {
    const provider: typeof ctx.provider = {
      ...ctx.provider,
      syncTransactions: (...asked) => {
        page += 1;
        if (page < atPage) return ctx.provider.syncTransactions(...asked);
        die();
        return new Promise(() => undefined);
      },
    };
    syncConnection({ ...ctx, provider, readsPerDay: () => Promise.resolve(null) }, { connectionId }).then(() => {
      fail(new Error('the sync was not killed'));
    }, fail);
  });
  return async () => {
    for (const resource of resources) await resource.close();
  };
}

test('when the bank changes what its pages told, they are read again from where they began', async () => {
  const linked = await createLinkedPerson(world);
  const { account, consent } = await providerIds(world, linked.account.accountId);
  for (const { accountId } of linked.balances) {
    await world.sandbox.runScenario('book_pending', (await providerIds(world, accountId)).account);
  }
  await world.sandbox.addTransaction(account, { amountMinor: -777, description: 'TAVERN', pending: true });
  await waitFor('the pending one', async () =>
    (await listAll(linked)).some(({ description }) => description === 'TAVERN'),
  );

  await world.sandbox.runScenario('mutation_during_pagination', consent);

  const items = await waitFor('all of them', async () => {
    await world.hurryJobs();
    const all = await listAll(linked);
    return all.some(({ description }) => description === 'PAYMENT 7') && all;
  });
  const payments = items.filter(({ description }) => description.startsWith('PAYMENT ')).map(({ amount }) => amount);
  expect(payments.map(({ amountMinor }) => amountMinor).sort((a, b) => b - a)).toEqual([
    -100, -200, -300, -400, -500, -600, -700,
  ]);
  const taverns = await waitFor('the booked one', async () => {
    const found = (await listAll(linked)).filter(({ description }) => description === 'TAVERN');
    return found.some(({ pending }) => !pending) && found;
  });
  expect(taverns).toHaveLength(1);
});

test('a 429 is honoured: nothing is read until the time it names, and then it goes on by itself', async () => {
  const linked = await createLinkedPerson(world);
  const path = { connectionId: linked.connection.id };
  const { account, consent } = await providerIds(world, linked.account.accountId);
  await world.sandbox.runScenario('rate_limited', consent);
  await world.sandbox.addTransaction(account, { amountMinor: -31, description: 'PATIENCE' });

  const limited = await waitFor('the limit to show', async () => {
    const { body } = await world.client.getConnection({ as: linked.as, path }).expect(200);
    return body.health.rateLimitedUntil !== null && body;
  });
  expect(limited).toMatchObject({ status: 'active', health: { nextSyncAt: limited.health.rateLimitedUntil } });
  const attempts = () => attemptOf(linked);
  const before = await attempts();
  await world.client.syncConnection({ as: linked.as, path }).expect(202);
  await jobsToWait(linked);
  expect(await attempts()).toEqual(before);

  await world.sandbox.advanceClock(61);
  world.clock.advance(61_000);
  await waitFor('the transaction', async () => {
    await world.hurryJobs();
    return (await listAll(linked)).some(({ description }) => description === 'PATIENCE');
  });
});

/** When a connection was last read, by its row. */
async function attemptOf({ connection }: Linked): Promise<Date | undefined> {
  const { rows } = await world.database.query<{ at: Date }>(
    'select last_attempt_at as at from connection where id = $1',
    [connection.id],
  );
  return rows[0]?.at;
}

/** Until the sync that was asked for has been put off. */
async function jobsToWait({ connection }: Linked): Promise<void> {
  await waitFor('the sync to be put off', async () => {
    const { rows } = await world.database.query<{ waits: boolean }>(
      `select bool_and(run_at > now()) as waits from flagship_jobs._private_jobs where key = $1`,
      [`syncConnection:${connection.id}`],
    );
    return rows[0]?.waits === true;
  });
}

test('connections whose accounts are all closed are not polled', async () => {
  const [closed, open] = [await createLinkedPerson(world), await createLinkedPerson(world)];
  for (const { accountId } of closed.balances) {
    const { account } = await providerIds(world, accountId);
    await world.sandbox.runScenario('close_account', account);
  }
  await waitFor('the accounts to be closed', async () => {
    const { items } = (await world.client.listBalances({ as: closed.as }).expect(200)).body;
    return items.every(({ status }) => status === 'closed');
  });
  await world.database.query(
    'update connection set sync_lease_until = null, last_attempt_at = null where user_id = any ($1)',
    [[closed.as.userId, open.as.userId]],
  );

  await world.runJob('syncDueConnections');

  await waitFor('the open one to be read', async () => (await attemptOf(open)) instanceof Date);
  expect(await attemptOf(closed)).toBeNull();
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
  expect(ended.health).toMatchObject({ state: 'action_required', action: 'reauthorise', nextSyncAt: null });
  const { items } = (await world.client.listBalances({ as: linked.as }).expect(200)).body;
  expect(items[0]).toMatchObject({ status: 'revoked', balance: linked.account.balance });
});

test('where the bank counts reads, they stop when they are spent, and what the person asks for is read all the same', async () => {
  const linked = await createLinkedPerson(world);
  const path = { connectionId: linked.connection.id };
  const { account } = await providerIds(world, linked.account.accountId);
  const shows = (text: string) => async () => (await listAll(linked)).some(({ description }) => description === text);
  const healthOf = async () => (await world.client.getConnection({ as: linked.as, path }).expect(200)).body.health;
  await world.sandbox.setCapabilities({ unattendedReadsPerDay: 2 });
  // Noon of tomorrow: nobody remembers what was allowed before, and no day ends meanwhile.
  const noon = Math.ceil(world.clock.now().getTime() / 86_400_000) * 86_400_000 + 43_200_000;
  world.clock.advance(noon - world.clock.now().getTime());

  let unread = '';
  for (let nth = 1; unread === '' && nth <= 4; nth += 1) {
    await world.sandbox.addTransaction(account, { amountMinor: -5, description: `NUMBER ${String(nth)}` });
    // By our clock its webhook is a day old, so the feed must tell.
    await world.runJob('catchUpEvents');
    const isRead = await waitFor('it to be read, or the limit to show', async () => {
      await world.hurryJobs();
      if (await shows(`NUMBER ${String(nth)}`)()) return 'read';
      return (await healthOf()).rateLimitedUntil !== null && 'limited';
    });
    if (isRead === 'limited') unread = `NUMBER ${String(nth)}`;
  }

  const midnight = new Date(noon + 43_200_000).toISOString();
  expect(await healthOf()).toMatchObject({ rateLimitedUntil: midnight, nextSyncAt: midnight });
  expect(await shows(unread)()).toBe(false);
  await world.client.syncConnection({ as: linked.as, path }).expect(202);
  await waitFor('what the person asked for', shows(unread));
  const { rows } = await world.database.query<{ calls: number }>(
    'select max(calls) as calls from call_count where connection_id = $1',
    [linked.connection.id],
  );
  expect(rows).toEqual([{ calls: 2 }]);
  await world.sandbox.setCapabilities({});
});

test('what a bank prints that cannot be kept does not keep a connection from its news', async () => {
  const linked = await createLinkedPerson(world);
  const { account } = await providerIds(world, linked.account.accountId);

  await world.sandbox.addTransaction(account, { amountMinor: -4_322, description: 'BIKE\0 SHOP\ud83d' });
  await world.runJob('catchUpEvents');

  const shown = await waitFor('the transaction', async () =>
    (await listAll(linked)).find(({ amount }) => amount.amountMinor === -4_322),
  );
  expect(shown.description).toBe('BIKE SHOP\ufffd');
});

test('a bank whose clock is ahead tells no figures of tomorrow', async () => {
  await world.sandbox.advanceClock(10 * 86_400);

  const { account } = await createLinkedPerson(world);

  expect(account.balance).not.toBeNull();
  expect(Date.parse(account.asOf)).toBeLessThanOrEqual(world.clock.now().getTime());
});
