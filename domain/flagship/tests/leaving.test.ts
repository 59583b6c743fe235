import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '#platform/ids';
import { waitFor } from '#platform/testing/wait';
import { asService, createLinkedPerson, createPerson, providerIds, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

type Person = { userId: string };
type Linked = Awaited<ReturnType<typeof createLinkedPerson>>;

function erase(path: Person, pseudonym: string) {
  return world.socialClient.erasePerson({ as: asService, path, body: { pseudonym } });
}

/** Every table that says the word, in any column. */
async function tablesThatSay(word: string): Promise<string[]> {
  const { rows: tables } = await world.database.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'flagship' and table_type = 'BASE TABLE'`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const { rowCount } = await world.database.query(`select from ${name} t where t::text ilike $1 limit 1`, [
      `%${word}%`,
    ]);
    if (rowCount) found.push(name);
  }
  return found.sort();
}

async function startTransfer({ as, account }: Linked) {
  const body = { ...as, accountId: account.accountId, direction: 'deposit' as const, amount: { amountMinor: 1_000, currency: 'EUR' } }; // prettier-ignore
  const path = { transferId: randomUUID() };
  await world.client.createTransfer({ as: asService, path, body }).expect(202);
  return path;
}

async function settledTransfer(linked: Linked) {
  const path = await startTransfer(linked);
  await waitFor('the transfer to settle', async () => {
    const { body } = await world.client.getTransfer({ as: asService, path }).expect(200);
    return body.status === 'settled';
  });
  return path;
}

const toldOf = (id: string) => world.financial.transferStates.filter(({ transferId }) => transferId === id);

/** What the provider says of a consent once it has been told everything; what is not ended yet ends at the bank. */
async function statusAtProvider(consent: string) {
  await waitFor('the provider to be told', async () => {
    const { rows } = await world.database.query(
      `select from flagship_jobs._private_jobs job join flagship_jobs._private_tasks task on task.id = job.task_id
       where task.identifier = 'revokeConsent'`,
    );
    return rows.length === 0;
  });
  return ((await world.sandbox.runScenario('revoked_at_bank', consent)) as { status: string }).status;
}

describe('erasure', () => {
  test('ends the link here and at the provider, and leaves nothing of a person who never moved money', async () => {
    const { as, account } = await createLinkedPerson(world);
    const { consent } = await providerIds(world, account.accountId);
    const pseudonym = newId();

    await erase(as, pseudonym).expect(204);

    expect(await tablesThatSay(as.userId)).toEqual([]);
    expect(await tablesThatSay(pseudonym)).toEqual(['connection']);
    expect(await tablesThatSay(account.accountId)).toEqual([]);
    const { rows } = await world.database.query(
      `select status, access_token, refresh_token, sync_cursor from connection where user_id = $1`,
      [pseudonym],
    );
    expect(rows).toEqual([{ status: 'revoked_by_user', access_token: null, refresh_token: null, sync_cursor: null }]);
    expect(await statusAtProvider(consent)).toBe('revoked_by_user');
  });

  test('keeps what transfers refer to under the pseudonym, without what the account was called', async () => {
    const linked = await createLinkedPerson(world, 'harbour-sandbox-bank');
    const { as, account } = linked;
    const { transferId } = await settledTransfer(linked);
    const { account: providerAccount } = await providerIds(world, account.accountId);
    const pseudonym = newId();
    const [spent] = (await world.client.listTransactions({ as, path: account, query: { q: 'a' } }).expect(200)).body
      .items;
    const edit = { as, path: { transactionId: spent?.id ?? '' }, body: { category: 'gifts' } } as const;
    await world.client.updateTransaction(edit).expect(200);
    expect(await tablesThatSay(as.userId)).toEqual(expect.arrayContaining(['merchant_category', 'transaction_edit']));

    await erase(as, pseudonym).expect(204);

    expect(await tablesThatSay(as.userId)).toEqual([]);
    expect(await tablesThatSay(pseudonym)).toEqual(['account', 'connection', 'transfer']);
    const { rows } = await world.database.query(
      `select a.name, a.mask, a.provider_account_id, t.status, t.amount_minor from account a join transfer t on t.account_id = a.id
       where a.user_id = $1`,
      [pseudonym],
    );
    expect(rows).toEqual([{ name: '', mask: '', provider_account_id: providerAccount, status: 'settled', amount_minor: '1000' }]); // prettier-ignore
    const kept = await world.client.getTransfer({ as: asService, path: { transferId } }).expect(200);
    expect(kept.body).toMatchObject({ status: 'settled', accountId: account.accountId });

    await world.sandbox.runScenario('return_transfer', transferId);
    await waitFor('financial to hear of the return', () => toldOf(transferId).at(-1)?.status === 'returned');
  });

  test('is refused while a transfer is on its way, and does nothing then', async () => {
    const linked = await createLinkedPerson(world);
    await world.sandbox.setFaults({ dropWebhooks: true, hangRate: 1 });
    const { transferId } = await startTransfer(linked);

    const { body } = await erase(linked.as, newId()).expect(409);

    await world.sandbox.setFaults({});
    expect(body).toMatchObject({
      code: 'closing_blocked',
      blockers: [{ kind: 'pending_transfer', ids: [transferId] }],
    });
    const path = { connectionId: linked.connection.id };
    expect((await world.client.getConnection({ as: linked.as, path }).expect(200)).body.status).toBe('active');
    expect(await tablesThatSay(linked.as.userId)).toContain('bank_transaction');
  });

  test('takes open attempts and kept answers along', async () => {
    const as = createPerson();
    const headers = { 'Idempotency-Key': 'link' };
    await world.client.createConnection({ as, headers, body: { institutionId: 'first-sandbox-bank' } }).expect(201);
    expect(await tablesThatSay(as.userId)).toEqual(['authorisation', 'connection', 'idempotency']);

    await erase(as, newId()).expect(204);

    expect(await tablesThatSay(as.userId)).toEqual([]);
  });

  test('is not undone by a sync that is reading the bank at the time', async () => {
    const { as, connection } = await createLinkedPerson(world);
    const lease = async () => {
      const { rows } = await world.database.query<{ held: boolean }>(
        `select sync_lease_until is not null as held from connection where id = $1`,
        [connection.id],
      );
      return rows[0]?.held === true;
    };
    await world.sandbox.setFaults({ latencyMs: 400 });
    await world.client.syncConnection({ as, path: { connectionId: connection.id } }).expect(202);
    await waitFor('the sync to be at work', lease);

    await erase(as, newId()).expect(204);

    await waitFor('the sync to end', async () => !(await lease()));
    await world.sandbox.setFaults({});
    expect(await tablesThatSay(as.userId)).toEqual([]);
    const { rows } = await world.database.query(`select from account where connection_id = $1`, [connection.id]);
    expect(rows).toHaveLength(0);
  });

  test('changes nothing the second time, at the same time, or for somebody who is not there; nor anybody else', async () => {
    const other = await createLinkedPerson(world);
    const { as } = await createLinkedPerson(world);
    const pseudonym = newId();

    await Promise.all(Array.from({ length: 6 }, () => erase(as, pseudonym).expect(204)));
    await erase(as, pseudonym).expect(204);
    await erase(createPerson(), newId()).expect(204);

    expect(await tablesThatSay(as.userId)).toEqual([]);
    expect((await world.client.listBalances({ as: other.as }).expect(200)).body.items).toEqual(other.balances);
  });

  test('is for social alone', async () => {
    const path = createPerson();
    const body = { pseudonym: newId() };
    const foreign = await world.clientOf('bff-mobile');

    await foreign.erasePerson({ as: asService, path, body }).expect(403);
    await world.client.erasePerson({ as: path, path, body }).expect(403);
    await world.socialClient.erasePerson({ as: asService, path, body: { pseudonym: 'x' } }).expect(400);
    await foreign.exportPerson({ as: asService, path }).expect(403);
    await world.client.exportPerson({ as: path, path }).expect(403);
  });
});

describe('export', () => {
  const sections = ['connections', 'connectionHistory', 'accounts', 'transactions', 'learnedCategories'];
  const nothing = (): Record<string, Record<string, unknown>[]> =>
    Object.fromEntries(sections.map((section) => [section, []]));

  /** Reads every page, as social does. */
  async function exportOf(path: Person, limit: number) {
    const records = nothing();
    const order: string[] = [];
    let counts: unknown;
    let cursor: string | null = null;
    do {
      const query: { limit: number; cursor?: string } = { limit, ...(cursor !== null && { cursor }) };
      const { body } = await world.socialClient.exportPerson({ as: asService, path, query }).expect(200);
      records[body.section]?.push(...body.items);
      if (order.at(-1) !== body.section) order.push(body.section);
      if (cursor === null) counts = body.counts;
      else expect(body.counts).toBeNull();
      cursor = body.nextCursor;
    } while (cursor !== null);
    return { records, order, counts };
  }

  test('holds everything that came from the banks, page by page, with counts that are right', async () => {
    const { as, connection, account, balances } = await createLinkedPerson(world);
    const { rows } = await world.database.query<{ count: number }>(
      `select count(*)::int as count from bank_transaction where user_id = $1`,
      [as.userId],
    );

    const [last] = (await world.client.listTransactions({ as, path: account, query: { limit: 1 } }).expect(200)).body
      .items;
    const edit = { as, path: { transactionId: last?.id ?? '' }, body: { note: 'Mine', category: 'gifts' } } as const;
    await world.client.updateTransaction(edit).expect(200);

    const { records, order, counts } = await exportOf(as, 500);

    expect(order).toEqual(sections);
    const told = (await world.client.listConnectionHistory({ as, path: { connectionId: connection.id } }).expect(200))
      .body;

    expect(counts).toEqual({
      connections: 1,
      connectionHistory: told.items.length,
      accounts: balances.length,
      transactions: rows[0]?.count,
      learnedCategories: 1,
    });
    expect(records['connectionHistory']).toEqual(
      told.items.map(({ at, event, status }) => ({ connectionId: connection.id, at, event, status })).reverse(),
    );
    expect(records['learnedCategories']).toMatchObject([{ category: 'gifts' }]);
    expect(records['connections']).toMatchObject([{ id: connection.id, status: 'active' }]);
    expect(records['accounts']?.find(({ id }) => id === account.accountId)).toMatchObject({
      name: account.name,
      mask: account.mask,
      currency: 'EUR',
      balanceMinor: account.balance?.amountMinor,
      balanceAsOf: account.asOf,
    });
    const shown = (await world.client.listTransactions({ as, path: account, query: { limit: 1 } }).expect(200)).body;
    const [newest] = shown.items;
    expect(records['transactions']?.find(({ id }) => id === newest?.id)).toEqual({
      id: newest?.id,
      accountId: account.accountId,
      currency: 'EUR',
      amountMinor: newest?.amount.amountMinor,
      description: newest?.description,
      bookedOn: newest?.bookedOn,
      pending: newest?.pending,
      removedAt: null,
      category: newest?.category,
      note: 'Mine',
    });
    expect(JSON.stringify(records)).not.toMatch(/token|con_|acc_|txn_/i);
    for (const limit of [1, 2, 7, 50]) expect((await exportOf(as, limit)).records).toEqual(records);
  });

  test('is empty for a person without a bank, and refuses what is no cursor of it', async () => {
    const path = createPerson();

    const { records, order, counts } = await exportOf(path, 500);

    expect(order).toEqual(sections);
    expect(records).toEqual(nothing());
    expect(counts).toEqual(Object.fromEntries(sections.map((section) => [section, 0])));
    const query = { cursor: 'bm90IGEgY3Vyc29y' };
    await world.socialClient.exportPerson({ as: asService, path, query }).expect(400);
  });
});
