import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { newId } from '#platform/ids';
import { waitFor } from '#platform/testing/wait';
import { createContext } from '../context.ts';
import { listPosted } from '../services/posted-transactions.ts';
import { asService, createLinkedPerson, providerIds, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

type Linked = Awaited<ReturnType<typeof createLinkedPerson>>;

/** What financial was told of a person's transactions. */
function toldOf({ as }: Linked) {
  return world.financial.bankTransactions.filter(({ userId }) => userId === as.userId);
}

function told(linked: Linked, amountMinor: number) {
  return waitFor(`financial to hear of ${String(amountMinor)}`, () =>
    Promise.resolve(toldOf(linked).find(({ amount }) => amount.amountMinor === amountMinor)),
  );
}

async function transactionsOf({ as, account }: Linked) {
  return (await world.client.listTransactions({ as, path: account, query: { limit: 100 } }).expect(200)).body.items;
}

test('what the bank posts after the first sync is told, as earned or spent, and history is not', async () => {
  const linked = await createLinkedPerson(world);
  const { account } = await providerIds(world, linked.account.accountId);

  await world.sandbox.addTransaction(account, { amountMinor: -360, description: 'COFFEE' });
  await world.sandbox.addTransaction(account, { amountMinor: 250_000, description: 'WAGES' });
  await told(linked, -360);
  await told(linked, 250_000);

  const items = await transactionsOf(linked);
  const idOf = (name: string) => items.find(({ description }) => description === name)?.id;
  const common = {
    pendingId: null,
    accountId: linked.account.accountId,
    bookedOn: items[0]?.bookedOn,
    possibleDuplicate: false,
  };
  expect(toldOf(linked).map(({ userId: _userId, ...transaction }) => transaction)).toEqual(
    expect.arrayContaining([
      { ...common, id: idOf('COFFEE'), amount: { amountMinor: -360, currency: 'EUR' }, kind: 'spend' },
      { ...common, id: idOf('WAGES'), amount: { amountMinor: 250_000, currency: 'EUR' }, kind: 'income' },
    ]),
  );
  expect(new Set(toldOf(linked).map(({ id }) => id)).size).toBe(2);
});

test('what is pending is told once it is posted, with the id it had before', async () => {
  const linked = await createLinkedPerson(world);
  const { account } = await providerIds(world, linked.account.accountId);
  await world.sandbox.addTransaction(account, { amountMinor: -777, description: 'HOTEL', pending: true });
  const held = await waitFor('the pending one', async () =>
    (await transactionsOf(linked)).find(({ description }) => description === 'HOTEL'),
  );

  await world.sandbox.runScenario('book_pending', account);

  expect(await told(linked, -777)).toMatchObject({ pendingId: held.id, kind: 'spend' });
  expect(toldOf(linked).map(({ id }) => id)).not.toContain(held.id);
});

test('what comes back onto a card is told as a refund', async () => {
  const linked = await createLinkedPerson(world);
  const { account } = await providerIds(world, linked.account.accountId);
  await world.sandbox.runScenario('become_card', account);

  await world.sandbox.addTransaction(account, { amountMinor: -1_290, description: 'SHOES' });
  await world.sandbox.addTransaction(account, { amountMinor: 1_290, description: 'SHOES' });

  expect(await told(linked, -1_290)).toMatchObject({ kind: 'spend' });
  expect(await told(linked, 1_290)).toMatchObject({ accountId: linked.account.accountId, kind: 'refund' });
});

test('what CLYNC itself has moved is neither earned nor spent', async () => {
  const linked = await createLinkedPerson(world);
  const { accountId } = linked.account;
  const { account } = await providerIds(world, accountId);
  const transferId = randomUUID();
  const amount = { amountMinor: 4_200, currency: 'EUR' };
  const body = { userId: linked.as.userId, accountId, direction: 'deposit', amount } as const;
  await world.client.createTransfer({ as: asService, path: { transferId }, body }).expect(202);
  await waitFor('the bank to book it', async () =>
    (await transactionsOf(linked)).find((item) => item.amount.amountMinor === -4_200 && !item.pending),
  );

  await world.sandbox.addTransaction(account, { amountMinor: -99, description: 'LATER' });
  await told(linked, -99);

  expect(toldOf(linked).map((transaction) => transaction.amount.amountMinor)).toEqual([-99]);
});

describe('of payments that look like a transfer of CLYNC', () => {
  const [monday, tuesday, wednesday, thursday] = ['2026-05-18', '2026-05-19', '2026-05-20', '2026-05-21'] as const;

  /** A transfer of 50.00 as it stands here, without a word to the provider. */
  async function putTransfer(
    { as, account }: Linked,
    {
      direction = 'deposit',
      status = 'settled',
      on = monday,
    }: { direction?: string; status?: string; on?: string } = {},
  ) {
    const sql = `insert into transfer (id, user_id, account_id, direction, amount_minor, currency, status, created_at, updated_at)
      values ($1, $2, $3, $4, 5000, 'EUR', $5, $6, $6)`;
    await world.database.query(sql, [randomUUID(), as.userId, account.accountId, direction, status, `${on} 09:00Z`]);
  }

  interface Row {
    on: string;
    amountMinor?: number;
    pending?: boolean;
    originId?: string;
    duplicateOf?: string;
  }

  /** A row of the bank that was booked and first seen on one day; answers its id. */
  async function putRow({ as, account }: Linked, { on, amountMinor = -5_000, pending = false, ...links }: Row) {
    const id = newId(new Date(`${on}T12:00:00Z`));
    const sql = `insert into bank_transaction (id, user_id, account_id, provider_transaction_id, amount_minor, description,
        booked_on, first_seen_at, pending, origin_id, duplicate_of)
      values ($1::uuid, $2, $3, $1, $4, 'SOMEBODY', $5::date, $6, $7, $8, $9)`;
    const { originId = null, duplicateOf = null } = links;
    const values = [as.userId, account.accountId, amountMinor, on, `${on} 12:00Z`, pending, originId, duplicateOf];
    await world.database.query(sql, [id, ...values]);
    return id;
  }

  /** The ids of those that financial is told of. */
  async function tell(linked: Linked, ids: string[]): Promise<string[]> {
    const { ctx, resources } = createContext('telling', world.config, world.clock);
    const posted = await listPosted(ctx, linked.connection.id, ids);
    for (const resource of resources) await resource.close();
    return posted.map(({ id }) => id);
  }

  test('one is its own, the others are the person’s', async () => {
    const linked = await createLinkedPerson(world);
    await putTransfer(linked);
    const own = await putRow(linked, { on: tuesday });
    const shop = await putRow(linked, { on: wednesday });
    const wages = await putRow(linked, { on: thursday, amountMinor: 5_000 });

    expect(await tell(linked, [own, shop, wages])).toEqual([shop, wages]);
    // However often it is asked, and of which of them.
    expect(await tell(linked, [shop])).toEqual([shop]);
    expect(await tell(linked, [own])).toEqual([]);
  });

  test('a transfer that came to nothing, or was made later, is none of them', async () => {
    const linked = await createLinkedPerson(world);
    await putTransfer(linked, { status: 'failed' });
    await putTransfer(linked, { status: 'cancelled' });
    await putTransfer(linked, { on: wednesday });
    const shop = await putRow(linked, { on: tuesday });
    const own = await putRow(linked, { on: wednesday });

    expect(await tell(linked, [shop, own])).toEqual([shop]);
  });

  test('a withdrawal comes in, and goes out again only when it is returned', async () => {
    const linked = await createLinkedPerson(world);
    await putTransfer(linked, { direction: 'withdrawal' });
    const came = await putRow(linked, { on: tuesday, amountMinor: 5_000 });
    const [first, second] = [await putRow(linked, { on: wednesday }), await putRow(linked, { on: thursday })];
    expect(await tell(linked, [came, first, second])).toEqual([first, second]);

    await world.database.query(`update transfer set status = 'returned' where user_id = $1`, [linked.as.userId]);
    expect(await tell(linked, [came, first, second])).toEqual([second]);
  });

  test('a pending row keeps its place when it is booked, and so does one that is told again', async () => {
    const linked = await createLinkedPerson(world);
    await putTransfer(linked);
    const held = await putRow(linked, { on: monday, pending: true });
    const shop = await putRow(linked, { on: tuesday });
    expect(await tell(linked, [shop])).toEqual([shop]);

    await world.database.query('update bank_transaction set removed_at = now() where id = $1', [held]);
    const booked = await putRow(linked, { on: wednesday, originId: held });
    const double = await putRow(linked, { on: wednesday, duplicateOf: booked });

    expect(await tell(linked, [booked, double])).toEqual([]);
  });
});
