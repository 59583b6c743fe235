import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { waitFor } from '#platform/testing/wait';
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
