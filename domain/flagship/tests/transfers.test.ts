import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { waitFor } from '#platform/testing/wait';
import { webhookSecrets } from './sandbox-control.ts';
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

test('the balance is read again once financial knows that a transfer has settled, also when the bank says nothing of it', async () => {
  const { as, account, connection } = await createLinkedPerson(world);
  await world.sandbox.setFaults({ dropWebhooks: 1, stallTransfers: true });
  const { id } = await createTransfer(wantedTransfer({ userId: as.userId, accountId: account.accountId }));
  const lastRead = async () => {
    const { rows } = await world.database.query<{ at: Date }>(
      'select last_attempt_at as at from connection where id = $1',
      [connection.id],
    );
    return rows[0]?.at.getTime() ?? 0;
  };
  const before = await lastRead();

  await tellEvent({ transferId: id, status: 'settled', reason: null });

  await waitFor('another sync', async () => (await lastRead()) > before);
  expect([...toldOf(id).values()]).toContain('settled');
  await world.sandbox.setFaults({});
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
  const { sandbox, hurryJobs } = world;
  await sandbox.setFaults({ hangRate: 1, dropWebhooks: 1 });
  const transfers = await Promise.all([1, 2, 3, 4].map(() => createTransfer()));
  expect(transfers.map(({ status }) => status)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);

  await sandbox.setFaults({});
  const recorded = await Promise.all(transfers.map(({ id }) => sandbox.findTransfer(id)));
  expect(recorded.some((transfer) => transfer !== undefined)).toBe(true);
  expect(recorded.some((transfer) => transfer === undefined)).toBe(true);

  // After the provider takes the request no more, what it does not have will never be there.
  await endSendingTime(transfers.map(({ id }) => id));
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
});

/** The provider takes their requests no more. */
function endSendingTime(ids: string[]) {
  return moveSendingTime(ids, '-1 minute');
}

function moveSendingTime(ids: string[], by: string) {
  const sql = 'update transfer set sent_not_after = sent_not_after + $2::interval where id = any ($1)';
  return world.database.query(sql, [ids, by]);
}

/** A transfer that the bank has not begun, and does not begin by itself. */
async function createLyingTransfer(wanted = wantedTransfer()) {
  return waitFor('a transfer that the bank has not begun', async () => {
    const transfer = await createTransfer(wanted);
    const { status } = (await world.sandbox.runScenario('stall_transfer', transfer.id)) as { status: string };
    return status === 'submitted' && transfer;
  });
}

/** One that never reached the bank, which is not known; the job that would ask for it is taken away. */
async function createLostTransfer() {
  const { sandbox, database } = world;
  const id = await waitFor('a request that was lost', async () => {
    await sandbox.setFaults({ errorRate: 1, dropWebhooks: 1 });
    const transfer = await createTransfer();
    await sandbox.setFaults({});
    return transfer.status === 'unknown' && !(await sandbox.findTransfer(transfer.id)) && transfer.id;
  });
  await database.query('select flagship_jobs.remove_job($1)', [`resolveTransfer:${id}`]);
  return id;
}

function cancel(transferId: string, body = wantedTransfer()) {
  return world.client.cancelTransfer({ as: asService, path: { transferId }, body });
}

const runJob = (name: string) =>
  world.database.query('select flagship_jobs.add_job($1, $2::json, job_key := $1)', [name, '{}']);

describe('calling off', () => {
  test('what was never sent never is, whatever request comes after', async () => {
    const id = randomUUID();

    const cancelled = (await cancel(id).expect(200)).body;
    const asked = await createTransfer(wantedTransfer(), id);

    expect(cancelled).toMatchObject({ status: 'cancelled', reason: 'cancelled_by_person' });
    expect(asked).toEqual(cancelled);
    expect(await world.sandbox.findTransfer(id)).toBeUndefined();
    await waitFor('financial to be told', () => toldOf(id).get(cancelled.sequence) === 'cancelled');
    expect((await cancel(id, wantedTransfer({ amount: eur(1) })).expect(409)).body).toMatchObject({
      code: 'transfer_mismatch',
    });
    await cancel(randomUUID(), wantedTransfer(createPerson())).expect(404);
    await world.client.cancelTransfer({ as: linked.as, path: { transferId: id }, body: wantedTransfer() }).expect(403);
  });

  test('what the bank has not begun is cancelled there, once, however many ask', async () => {
    const { id } = await createLyingTransfer();

    const replies = await Promise.all(Array.from({ length: 5 }, () => cancel(id)));

    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(await world.sandbox.findTransfer(id)).toMatchObject({ status: 'cancelled', createCalls: 1 });
    await waitFor('financial to be told', () => [...toldOf(id).values()].includes('cancelled'));
    expect((await cancel(id).expect(200)).body).toEqual(replies[0]?.body);
    expect([...toldOf(id).values()].filter((status) => status === 'cancelled')).toHaveLength(1);
  });

  test('what the bank has begun or finished goes on', async () => {
    const { id: finished } = await createTransfer();
    await waitForStatus(finished, 'settled');
    await world.sandbox.setFaults({ stallTransfers: true });
    const { id: begun } = await createTransfer();
    await waitForStatus(begun, 'processing');

    for (const id of [begun, finished])
      expect((await cancel(id).expect(409)).body).toMatchObject({ code: 'too_late_to_cancel', retryable: false });

    await world.sandbox.setFaults({});
    await waitFor('the bank to go on', async () => {
      await world.sandbox.runScenario('resume_transfer', begun).catch(() => undefined);
      return (await world.sandbox.findTransfer(begun))?.status === 'settled';
    });
  });

  test('what was called off while sending it failed is not sent by the next request', async () => {
    const { sandbox, database } = world;
    const wanted = wantedTransfer();
    const id = randomUUID();
    await database.query(
      `insert into flagship.transfer (id, user_id, account_id, direction, amount_minor, currency, status, cancel_requested_at, created_at, updated_at)
       values ($1, $2, $3, 'deposit', 1000, 'EUR', 'created', now(), now(), now())`,
      [id, wanted.userId, wanted.accountId],
    );

    const asked = await createTransfer(wanted, id);

    expect(asked).toMatchObject({ status: 'cancelled', reason: 'cancelled_by_person' });
    expect(await sandbox.findTransfer(id)).toBeUndefined();
  });

  test('what may still reach the bank is called off when it can no more', async () => {
    const id = await createLostTransfer();

    expect((await cancel(id).expect(503)).body).toMatchObject({ code: 'provider_unavailable', retryable: true });
    await endSendingTime([id]);
    const { body } = await cancel(id).expect(200);

    expect(body).toMatchObject({ status: 'cancelled', reason: 'cancelled_by_person' });
  });

  test('what went on although its person called it off, and the bank cancels later, is the bank’s doing', async () => {
    const { sandbox } = world;
    await sandbox.setFaults({ stallTransfers: true });
    const { id } = await createTransfer();
    await waitForStatus(id, 'processing');
    await cancel(id).expect(409);

    await tellEvent({ transferId: id, status: 'cancelled', reason: 'bank_refused' });
    const cancelled = await waitForStatus(id, 'cancelled');
    await sandbox.setFaults({});

    expect(cancelled).toMatchObject({ reason: 'bank_refused' });
  });
});

/** As the provider does. */
async function tellEvent(data: object) {
  const event = { id: `evt_${randomUUID()}`, type: 'transfer.updated', createdAt: new Date().toISOString(), data };
  const at = new Date();
  const headers = {
    'content-type': 'application/json',
    'webhook-id': event.id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(webhookSecrets[0] ?? '').sign(event.id, at, JSON.stringify(event)),
  };
  const answer = await fetch(`${world.url}/v1/webhooks`, { method: 'POST', headers, body: JSON.stringify(event) });
  expect(answer.status).toBe(200);
}

describe('a process whose clock is wrong', () => {
  const wrongByMs = 600_000;

  test.each([
    ['ahead', wrongByMs],
    ['behind', -wrongByMs],
  ])('by ten minutes, %s, gives up nothing too early, and asks in its turn', async (_way, shiftMs) => {
    const { clock, database } = world;
    const id = await createLostTransfer();
    const key = `resolveTransfer:${id}`;
    await moveSendingTime([id], '5 minutes');
    clock.advance(shiftMs);

    await database.query('select flagship_jobs.add_job($1, $2::json, job_key := $3)', [
      'resolveTransfer',
      JSON.stringify({ transferId: id }),
      key,
    ]);
    const pause = await waitFor('the next question to be put off', async () => {
      const { rows } = await database.query<{ seconds: number }>(
        `select extract(epoch from run_at - now())::float8 as seconds from flagship_jobs._private_jobs
         where key = $1 and run_at > now() and locked_at is null`,
        [key],
      );
      return rows[0]?.seconds;
    });
    const { body: meanwhile } = await world.client.getTransfer({ as: asService, path: { transferId: id } }).expect(200);
    const refusal = (await cancel(id)).status;
    clock.advance(-shiftMs);
    await moveSendingTime([id], '-10 minutes');

    expect(pause).toBeLessThanOrEqual(5);
    expect(meanwhile.status).toBe('unknown');
    expect(refusal).toBe(503);
    await waitFor('the end', async () => {
      await world.hurryJobs();
      const { body } = await world.client.getTransfer({ as: asService, path: { transferId: id } }).expect(200);
      return body.status === 'cancelled' || body.status === 'failed';
    });
  });
});

describe('stalling', () => {
  const day = 86_400_000;

  test.each(['webhook', 'question'])(
    'a transfer that is not final for a day stalls, and still ends by a %s',
    async (way) => {
      const { sandbox, clock } = world;
      const { id } = await createLyingTransfer(wantedTransfer({ direction: 'withdrawal' }));
      clock.advance(day + 60_000);
      await runJob('stallTransfers');
      const stalled = await waitForStatus(id, 'stalled');
      await waitFor('financial to be told', () => toldOf(id).get(stalled.sequence) === 'stalled');
      const { body: health } = await world.client.getProviderHealth({ as: { staffId: 'oid-of-ann' } }).expect(200);
      const { body: figures } = await world.client.getStaffFigures({ as: { staffId: 'oid-of-ann' } }).expect(200);

      if (way === 'webhook') {
        clock.advance(-day - 60_000);
        await sandbox.runScenario('resume_transfer', id);
      } else {
        await sandbox.setFaults({ dropWebhooks: 1 });
        await sandbox.runScenario('resume_transfer', id);
        await waitFor('the bank to finish', async () => (await sandbox.findTransfer(id))?.status === 'settled');
        clock.advance(3_600_001);
        await runJob('stallTransfers');
      }

      await waitForStatus(id, 'settled');
      if (way === 'question') clock.advance(-day - 3_660_001);
      await sandbox.setFaults({});
      expect(health.waiting.stalled.count).toBeGreaterThanOrEqual(1);
      expect(health.waiting.stalled.oldestSeconds).toBeGreaterThanOrEqual(day / 1000);
      expect(figures.provider.stalled).toBe(health.waiting.stalled.count);
      expect(await sandbox.findTransfer(id)).toMatchObject({ createCalls: 1 });
    },
  );

  test('what the bank never confirmed and does not have ends, also when the bank was away until it stalled', async () => {
    const { sandbox, clock } = world;
    let aheadMs = 0;
    const advance = (ms: number) => {
      clock.advance(ms);
      aheadMs += ms;
    };
    const id = await createLostTransfer();
    // The bank is away before the time is up: another job that asks would end the transfer first.
    await sandbox.setFaults({ errorRate: 1 });
    advance(day + 60_000);
    await runJob('stallTransfers');
    const stalled = await waitForStatus(id, 'stalled');

    await sandbox.setFaults({});
    const ended = await waitFor('the bank to be asked', async () => {
      advance(3_600_001);
      await runJob('stallTransfers');
      const { body } = await world.client.getTransfer({ as: asService, path: { transferId: id } }).expect(200);
      return body.status === 'failed' && body;
    });
    clock.advance(-aheadMs);

    expect(stalled.reason).toBe('not_confirmed');
    expect(ended.reason).toBe('not_received');
    await waitFor('financial to be told', () => toldOf(id).get(ended.sequence) === 'failed');
  });
});

describe('facts for reconciliation', () => {
  const today = () => new Date().toISOString().slice(0, 10);
  const yesterday = () => new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

  async function listFacts() {
    const facts = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const query = { from: yesterday(), to: today(), ...(cursor !== undefined && { cursor }) };
      const { body } = await world.client.getTransferFacts({ as: asService, query }).expect(200);
      facts.push(...body.items);
      cursor = body.nextCursor;
    }
    return facts;
  }

  test('what the provider and flagship say of the same days stands side by side', async () => {
    const settled = await createTransfer();
    const returned = await createTransfer(wantedTransfer({ direction: 'withdrawal' }));
    const failed = await createTransfer(wantedTransfer({ amount: eur(99_000_000) }));
    await Promise.all([waitForStatus(settled.id, 'settled'), waitForStatus(returned.id, 'settled')]);
    await world.sandbox.runScenario('return_transfer', returned.id);
    await Promise.all([waitForStatus(returned.id, 'returned'), waitForStatus(failed.id, 'failed')]);
    await waitFor('financial to be told', () => [...toldOf(returned.id).values()].includes('returned'));

    const facts = await waitFor('the note that financial was told', async () => {
      const found = await listFacts();
      return found.every(({ flagship }) => flagship?.isTold !== false) && found;
    });

    const ofSettled = facts.filter(({ transferId }) => transferId === settled.id);
    const ofReturned = facts.find(({ transferId }) => transferId === returned.id);
    const sides = { status: 'settled', direction: 'deposit', amount: eur(1_000), returnValueDate: null };
    expect(ofSettled.map(({ provider }) => provider !== null)).toEqual([true, false]);
    expect(ofSettled[0]).toMatchObject({ provider: sides, flagship: { ...sides, isTold: true } });
    expect(ofSettled[0]?.flagship?.valueDate).toBe(ofSettled[0]?.provider?.valueDate);
    expect(ofReturned?.flagship).toMatchObject({ status: 'returned', direction: 'withdrawal' });
    expect(ofReturned?.flagship?.returnValueDate).toBe(ofReturned?.provider?.returnValueDate);
    expect(facts.some(({ transferId }) => transferId === failed.id)).toBe(false);
    const one = await world.client.getTransferFact({ as: asService, path: { transferId: failed.id } }).expect(200);
    expect(one.body).toMatchObject({ provider: { status: 'failed', valueDate: null }, flagship: { status: 'failed' } });
    const none = await world.client.getTransferFact({ as: asService, path: { transferId: randomUUID() } }).expect(200);
    expect(none.body).toMatchObject({ provider: null, flagship: null });
  });

  test('are refused for odd days, to people, and where the provider lists nothing', async () => {
    const { client, sandbox } = world;
    const send = (from: string, to: string) => client.getTransferFacts({ as: asService, query: { from, to } });

    await send('2026-02-02', '2026-02-01').expect(400);
    await send('2026-01-01', '2026-02-01').expect(400);
    await send('2026-01-01', '2026-01-31').expect(200);
    await client
      .getTransferFacts({ as: asService, query: { from: today(), to: today(), cursor: 'bm90IGEgY3Vyc29y' } })
      .expect(400);
    await client.getTransferFacts({ as: linked.as, query: { from: today(), to: today() } }).expect(403);
    await sandbox.setCapabilities({ transferList: false });
    expect((await send(today(), today()).expect(501)).body).toMatchObject({ code: 'capability_unavailable' });
    await sandbox.setCapabilities({});
  });
});

test('the phone’s process speaks neither for staff nor for financial', async () => {
  const phone = await world.clientOf('bff-mobile');
  const path = { transferId: randomUUID() };

  const asStaff = await phone.getTransfer({ as: { staffId: 'staff-7' }, path });
  const asFinancial = await phone.createTransfer({ as: asService, path, body: wantedTransfer() });

  for (const { status, body } of [asStaff, asFinancial]) {
    expect([status, (body as { code: string }).code]).toEqual([403, 'forbidden']);
  }
  await world.client.getTransfer({ as: asService, path }).expect(404);
});

test('a provider that is down costs nothing but time: stored data are served, and nothing is sent twice', async () => {
  const { client, sandbox } = world;
  const { as, account } = linked;
  const path = { transferId: randomUUID() };
  await sandbox.stop();

  const refused = await client.createTransfer({ as: asService, path, body: wantedTransfer() }).expect(503);
  expect(refused.body).toMatchObject({ code: 'provider_unavailable', retryable: true });
  await client.createConnection({ as, body: {} }).expect(503);
  const { items } = (await client.listBalances({ as }).expect(200)).body;
  expect(items[0]?.accountId).toBe(account.accountId);
  const down = await waitFor('the breaker to open', async () => {
    await client.createConnection({ as, body: {} }).expect(503);
    const { body } = await client.getProviderHealth({ as: { staffId: 'oid-of-ann' } }).expect(200);
    return body.state === 'down' && body;
  });
  expect(down.processes.some(({ breaker }) => breaker === 'open')).toBe(true);
  expect(down.failures).toBeGreaterThan(0);
  expect(down.lastSuccessAt).not.toBeNull();

  await sandbox.start();
  const taken = await waitFor('the breaker to let a call through', async () => {
    const reply = await client.createTransfer({ as: asService, path, body: wantedTransfer() });
    return reply.status === 202 && reply;
  });
  expect(taken.body).toMatchObject({ status: 'submitted' });
  await waitForStatus(path.transferId, 'settled');
  expect(await sandbox.findTransfer(path.transferId)).toMatchObject({ createCalls: 1 });
  await waitFor('the breakers to close', async () => {
    await client.createConnection({ as, body: {} }).expect(201);
    const { body } = await client.getProviderHealth({ as: asService }).expect(200);
    return body.processes.some(({ breaker }) => breaker === 'closed');
  });
  await client.getProviderHealth({ as }).expect(403);
});

test('a provider that moves no money is told as 501 with the part it lacks, and the transfer has failed', async () => {
  await world.sandbox.setCapabilities({ transfers: false });
  const path = { transferId: randomUUID() };

  const refused = await world.client.createTransfer({ as: asService, path, body: wantedTransfer() }).expect(501);
  await world.sandbox.setCapabilities({});

  expect(refused.body).toMatchObject({ code: 'capability_unavailable', capability: 'transfers' });
  expect(await waitForStatus(path.transferId, 'failed')).toMatchObject({ reason: 'capability_unavailable' });
  expect(await world.sandbox.findTransfer(path.transferId)).toBeUndefined();
  await waitFor('financial to be told', () => [...toldOf(path.transferId).values()].includes('failed'));
});
