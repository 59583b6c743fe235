import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '#platform/testing/wait';
import { asService, createLinkedPerson, createPerson, providerIds, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let linked: Awaited<ReturnType<typeof createLinkedPerson>>;
beforeAll(async () => {
  world = await startWorld();
  linked = await createLinkedPerson(world);
});
afterAll(() => world.stop());

const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });

function wantedTransfer(changes: object = {}) {
  const { as, account } = linked;
  return {
    userId: as.userId,
    accountId: account.accountId,
    direction: 'deposit' as const,
    amount: eur(1_000),
    ...changes,
  };
}

async function createTransfer(body = wantedTransfer(), transferId: string = randomUUID()) {
  const reply = await world.client.createTransfer({ as: asService, path: { transferId }, body }).expect(202);
  return reply.body;
}

async function waitForStatus(id: string, status: string) {
  return waitFor(`the transfer to be ${status}`, async () => {
    const { body } = await world.client.getTransfer({ as: asService, path: { transferId: id } }).expect(200);
    return body.status === status && body;
  });
}

/** What financial was told of a transfer, without repetitions. */
function toldOf(id: string) {
  const told = world.financial.transferStates.filter(({ transferId }) => transferId === id);
  return new Map(told.map(({ sequence, status }) => [sequence, status]));
}

test('a deposit is submitted, settles by the signed webhook, and financial is told once for each state', async () => {
  const transfer = await createTransfer();
  expect(transfer).toMatchObject({ status: 'submitted', direction: 'deposit', amount: eur(1_000) });

  const settled = await waitForStatus(transfer.id, 'settled');
  await waitFor('financial to be told', () => toldOf(transfer.id).get(settled.sequence) === 'settled');

  expect(settled.sequence).toBeGreaterThanOrEqual(2);
  const sequences = [...toldOf(transfer.id).keys()];
  expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
  expect(await world.sandbox.findTransfer(transfer.id)).toMatchObject({ status: 'settled', createCalls: 1 });
});

test('a settled deposit shows in the balance and the transactions of the bank account', async () => {
  const { as, account } = await createLinkedPerson(world, 'harbour-sandbox-bank');
  const wanted = wantedTransfer({ userId: as.userId, accountId: account.accountId, amount: eur(2_345) });

  await createTransfer(wanted);

  await waitFor('the balance to fall', async () => {
    const { items } = (await world.client.listBalances({ as }).expect(200)).body;
    return items[0]?.balance?.amountMinor === (account.balance?.amountMinor ?? 0) - 2_345;
  });
  await waitFor('the transaction', async () => {
    const { items } = (await world.client.listTransactions({ as, path: account, query: { limit: 5 } }).expect(200))
      .body;
    return items.some(
      ({ amount, description, pending }) => amount.amountMinor === -2_345 && description === 'CLYNC' && !pending,
    );
  });
});

test('the same transfer asked for many times at once reaches the provider once', async () => {
  const id = randomUUID();

  await Promise.all(Array.from({ length: 10 }, () => createTransfer(wantedTransfer(), id)));

  await waitForStatus(id, 'settled');
  expect(await world.sandbox.findTransfer(id)).toMatchObject({ createCalls: 1 });
});

test('the same id with other contents is refused', async () => {
  const { id } = await createTransfer();

  const other = await world.client
    .createTransfer({ as: asService, path: { transferId: id }, body: wantedTransfer({ amount: eur(999) }) })
    .expect(409);

  expect(other.body).toMatchObject({ code: 'transfer_mismatch' });
});

test('a transfer from an account without money fails, with the reason', async () => {
  const transfer = await createTransfer(wantedTransfer({ amount: eur(99_000_000) }));

  const failed = await waitForStatus(transfer.id, 'failed');

  expect(failed.reason).toBe('insufficient_funds');
  await waitFor('financial to be told', () => toldOf(transfer.id).get(failed.sequence) === 'failed');
});

test('a settled transfer can come back', async () => {
  const transfer = await createTransfer(wantedTransfer({ direction: 'withdrawal' }));
  await waitForStatus(transfer.id, 'settled');

  await world.sandbox.runScenario('return_transfer', transfer.id);

  const returned = await waitForStatus(transfer.id, 'returned');
  expect(returned.reason).toBe('account_holder_objected');
});

test('refuses accounts that are another person’s, in another currency, or closed', async () => {
  const { client, sandbox } = world;
  const path = () => ({ transferId: randomUUID() });
  const as = asService;

  await client.createTransfer({ as, path: path(), body: wantedTransfer(createPerson()) }).expect(404);
  await client.createTransfer({ as, path: path(), body: wantedTransfer({ accountId: randomUUID() }) }).expect(404);
  const dollars = wantedTransfer({ amount: { amountMinor: 100, currency: 'USD' } });
  expect((await client.createTransfer({ as, path: path(), body: dollars }).expect(422)).body).toMatchObject({
    code: 'account_unusable',
  });

  const other = await createLinkedPerson(world);
  const { account } = await providerIds(world, other.account.accountId);
  await sandbox.runScenario('close_account', account);
  await waitFor('the account to be closed', async () => {
    return (await client.listBalances({ as: other.as }).expect(200)).body.items[0]?.status === 'closed';
  });
  const closed = wantedTransfer({ userId: other.as.userId, accountId: other.account.accountId });
  await client.createTransfer({ as, path: path(), body: closed }).expect(422);
});

test('answers bad input with 400, people with 403 and an unknown id with 404', async () => {
  const { client } = world;
  const path = { transferId: randomUUID() };

  for (const amountMinor of [0, -1, 1.5, 2 ** 53, 1e13]) {
    await client
      .createTransfer({ as: asService, path, body: wantedTransfer({ amount: eur(amountMinor) }) })
      .expect(400);
  }
  await client.createTransfer({ as: asService, path, body: wantedTransfer({ extra: true }) }).expect(400);
  await client.createTransfer({ as: linked.as, path, body: wantedTransfer() }).expect(403);
  await client.getTransfer({ as: asService, path }).expect(404);
});

test('an unanswered transfer is unknown, and is found out by asking, never by sending it again', async () => {
  const { sandbox, clock, hurryJobs } = world;
  await sandbox.setFaults({ hangRate: 1, dropWebhooks: 1 });
  const transfers = await Promise.all([1, 2, 3, 4].map(() => createTransfer()));
  expect(transfers.map(({ status }) => status)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);

  await sandbox.setFaults({});
  const recorded = await Promise.all(transfers.map(({ id }) => sandbox.findTransfer(id)));
  expect(recorded.some((transfer) => transfer !== undefined)).toBe(true);
  expect(recorded.some((transfer) => transfer === undefined)).toBe(true);

  // After the provider takes the request no more, what it does not have will never be there.
  clock.advance(40_000);
  for (const [index, { id }] of transfers.entries()) {
    const expected = recorded[index] ? 'settled' : 'failed';
    const final = await waitFor(`the transfer to be ${expected}`, async () => {
      await hurryJobs();
      const { body } = await world.client.getTransfer({ as: asService, path: { transferId: id } }).expect(200);
      return body.status === expected && body;
    });
    expect(final.reason).toBe(recorded[index] ? null : 'not_received');
    expect((await sandbox.findTransfer(id))?.createCalls).toBe(recorded[index] ? 1 : undefined);
  }
  clock.advance(-40_000);
});

test('a provider that is down costs nothing but time: stored data are served, and nothing is sent twice', async () => {
  const { client, sandbox } = world;
  const { as, account } = linked;
  const path = { transferId: randomUUID() };
  await sandbox.stop();

  const refused = await client.createTransfer({ as: asService, path, body: wantedTransfer() }).expect(503);
  expect(refused.body).toMatchObject({ code: 'provider_unavailable', retryable: true });
  await client.createConnection({ as, body: {} }).expect(503);
  const started = Date.now();
  const { items } = (await client.listBalances({ as }).expect(200)).body;
  expect(Date.now() - started).toBeLessThan(500);
  expect(items[0]?.accountId).toBe(account.accountId);

  await sandbox.start();
  const taken = await waitFor('the breaker to let a call through', async () => {
    const reply = await client.createTransfer({ as: asService, path, body: wantedTransfer() });
    return reply.status === 202 && reply;
  });
  expect(taken.body).toMatchObject({ status: 'submitted' });
  await waitForStatus(path.transferId, 'settled');
  expect(await sandbox.findTransfer(path.transferId)).toMatchObject({ createCalls: 1 });
});
