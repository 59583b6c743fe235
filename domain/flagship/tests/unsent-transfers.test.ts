import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { waitFor } from '#platform/testing/wait';
import { asService, createLinkedPerson, providerIds, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let linked: Awaited<ReturnType<typeof createLinkedPerson>>;
beforeAll(async () => {
  world = await startWorld();
});
beforeEach(async () => {
  linked = await createLinkedPerson(world);
});
afterAll(() => world.stop());

function ask(transferId: string) {
  const { as, account } = linked;
  const amount = { amountMinor: 1_000, currency: 'EUR' };
  const body = { userId: as.userId, accountId: account.accountId, direction: 'withdrawal' as const, amount };
  return world.client.createTransfer({ as: asService, path: { transferId }, body });
}

/** One that is kept, while the provider takes no requests. */
async function createUnsent() {
  const id = randomUUID();
  await world.sandbox.setFaults({ rateLimitRate: 1 });
  await ask(id).expect(503);
  await world.sandbox.setFaults({});
  return id;
}

async function stateOf(transferId: string) {
  return (await world.client.getTransfer({ as: asService, path: { transferId } }).expect(200)).body;
}

function isTold(id: string, status: string) {
  return waitFor('financial to be told', () =>
    world.financial.transferStates.some((told) => told.transferId === id && told.status === status),
  );
}

test('what was kept unsent has failed once its account can be used no more, and is not sent when the link comes back', async () => {
  const { as, account, connection } = linked;
  const id = await createUnsent();
  const { consent } = await providerIds(world, account.accountId);
  await world.sandbox.runScenario('reauth_required', consent);
  await waitFor('the link to need its person', async () => {
    const { body } = await world.client.getConnection({ as, path: { connectionId: connection.id } }).expect(200);
    return body.status === 'reauth_required';
  });

  const failed = (await ask(id).expect(202)).body;
  await isTold(id, 'failed');
  await world.database.query(`update connection set status = 'active' where id = $1`, [connection.id]);
  const again = (await ask(id).expect(202)).body;

  expect(failed).toMatchObject({ status: 'failed', reason: 'account_unusable' });
  expect(again).toEqual(failed);
  expect(await world.sandbox.findTransfer(id)).toBeUndefined();
});

test('what could not be sent for a day is sent no more', async () => {
  const [id, calledOff] = [await createUnsent(), await createUnsent()];
  await world.database.query('update transfer set cancel_requested_at = now() where id = $1', [calledOff]);
  const dayMs = 86_400_000;

  await world.runJob('stallTransfers');
  await waitFor('the job to be done', async () => (await jobsOf('stallTransfers')) === 0);
  const before = await stateOf(id);
  world.clock.advance(dayMs + 60_000);
  await world.runJob('stallTransfers');
  await isTold(id, 'failed');
  await isTold(calledOff, 'cancelled');
  world.clock.advance(-dayMs - 60_000);

  expect(before.status).toBe('created');
  expect(await stateOf(id)).toMatchObject({ status: 'failed', reason: 'not_sent' });
  expect(await stateOf(calledOff)).toMatchObject({ status: 'cancelled', reason: 'cancelled_by_person' });
  expect((await ask(id).expect(202)).body.status).toBe('failed');
  expect(await world.sandbox.findTransfer(id)).toBeUndefined();
});

async function jobsOf(name: string) {
  const { rowCount } = await world.database.query(
    `select from flagship_jobs._private_jobs job join flagship_jobs._private_tasks task on task.id = job.task_id
     where task.identifier = $1`,
    [name],
  );
  return rowCount;
}
