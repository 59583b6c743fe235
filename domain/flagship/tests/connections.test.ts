import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '#platform/testing/wait';
import { decideConsent } from '../../../dev/flagship-sandbox/consent-form.ts';
import { asService, createLinkedPerson, createPerson, providerIds, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

test('links a bank: consent page, callback, accounts and balances with their age, and financial hears of it', async () => {
  const { as, connection, balances } = await createLinkedPerson(world);

  expect(connection).toMatchObject({ status: 'active', institutionName: 'First Sandbox Bank' });
  expect(connection.health).toMatchObject({ state: 'ok', staleHours: 0, action: null });
  expect(balances.length).toBeGreaterThanOrEqual(2);
  expect(balances[0]).toMatchObject({ kind: 'current', status: 'active', balance: { currency: 'EUR' } });
  expect(Date.now() - Date.parse(balances[0]?.asOf ?? '')).toBeLessThan(60_000);

  const accounts = (await world.client.listAccounts({ as }).expect(200)).body.items;
  expect(accounts.map(({ id }) => id)).toEqual(balances.map(({ accountId }) => accountId));

  const told = await waitFor('financial to be told', () =>
    world.financial.bankAccounts.findLast(({ userId }) => userId === as.userId),
  );
  expect(told.accounts.map(({ accountId, balance }) => ({ accountId, balance }))).toEqual(
    balances.map(({ accountId, balance }) => ({ accountId, balance })),
  );
});

test('says null, not 0, for a figure the bank does not tell', async () => {
  const { balances } = await createLinkedPerson(world, 'quiet-sandbox-bank');

  expect(balances[0]?.balance).not.toBeNull();
  expect(balances[0]?.available).toBeNull();
});

test('refuses a state that was used, is unknown, is too old, or belongs to another person', async () => {
  const { client, clock } = world;
  const as = createPerson();
  const start = async () => {
    const { body } = await client.createConnection({ as, body: { institutionId: 'first-sandbox-bank' } }).expect(201);
    return decideConsent(body.authorizeUrl);
  };

  const used = await start();
  await client.completeConnection({ as: asService, body: used }).expect(200);
  const replayed = await client.completeConnection({ as: asService, body: used }).expect(400);
  expect(replayed.body).toMatchObject({ code: 'state_invalid' });

  const unknown = await client
    .completeConnection({ as: asService, body: { state: 'never-issued-by-anyone', code: 'x' } })
    .expect(400);
  expect(unknown.body).toMatchObject({ code: 'state_invalid' });

  const foreign = await start();
  await client.completeConnection({ as: createPerson(), body: foreign }).expect(400);
  await client.completeConnection({ as, body: foreign }).expect(200);

  const old = await start();
  clock.advance(16 * 60_000);
  await client.completeConnection({ as: asService, body: old }).expect(400);
  clock.advance(-16 * 60_000);
});

test('lets only one of two callbacks with the same state go on', async () => {
  const as = createPerson();
  const { body } = await world.client
    .createConnection({ as, body: { institutionId: 'first-sandbox-bank' } })
    .expect(201);
  const answer = await decideConsent(body.authorizeUrl);

  const replies = await Promise.all(
    [1, 2, 3].map(() => world.client.completeConnection({ as: asService, body: answer })),
  );

  expect(replies.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
});

test('refuses a code that the provider did not issue for the attempt', async () => {
  const as = createPerson();
  const { body } = await world.client
    .createConnection({ as, body: { institutionId: 'first-sandbox-bank' } })
    .expect(201);
  const { state } = await decideConsent(body.authorizeUrl);

  const refused = await world.client
    .completeConnection({ as: asService, body: { state, code: 'code_made-up' } })
    .expect(400);

  expect(refused.body).toMatchObject({ code: 'authorisation_failed' });
  const connection = await world.client.getConnection({ as, path: body }).expect(200);
  expect(connection.body).toMatchObject({ status: 'rejected', health: { state: 'ended', action: 'link_again' } });
});

test('is rejected when the person says no', async () => {
  const as = createPerson();
  const { body } = await world.client.createConnection({ as, body: {} }).expect(201);
  const answer = await decideConsent(body.authorizeUrl, 'deny');
  expect(answer.error).toBe('access_denied');

  const reply = await world.client.completeConnection({ as: asService, body: answer }).expect(200);

  expect(reply.body).toEqual({ connectionId: body.connectionId, status: 'rejected' });
});

test('gives the same attempt again for the same idempotency key', async () => {
  const as = createPerson();
  const request = { as, headers: { 'Idempotency-Key': 'link-1' }, body: { institutionId: 'first-sandbox-bank' } };

  const first = await world.client.createConnection(request).expect(201);
  const second = await world.client.createConnection(request).expect(201);
  const other = await world.client.createConnection({ ...request, body: { institutionId: 'quiet-sandbox-bank' } });

  expect(second.body).toEqual(first.body);
  expect(second.headers['idempotency-replayed']).toBe('true');
  expect(other.status).toBe(422);
});

test('keeps the tokens and the state unreadable in the database', async () => {
  const { connection } = await createLinkedPerson(world);

  const { rows } = await world.database.query<Record<string, string>>(
    `select c.access_token, c.refresh_token, a.verifier, a.state_hash from connection c join authorisation a on a.connection_id = c.id where c.id = $1`,
    [connection.id],
  );

  expect(rows[0]?.['access_token']).toMatch(/^test\.[\w-]+\.[\w-]+\.[\w-]+$/);
  expect(JSON.stringify(rows)).not.toMatch(/at_|rt_/);
});

test('ends a connection here at once and at the provider soon, and forgets what was read when asked to', async () => {
  const { client, financial, sandbox, database } = world;
  const { as, connection, account } = await createLinkedPerson(world);
  const { consent } = await providerIds(world, account.accountId);

  await client.deleteConnection({ as, path: { connectionId: connection.id }, query: { erase: true } }).expect(204);

  expect((await client.listBalances({ as }).expect(200)).body).toEqual({ items: [], asOf: null });
  const ended = await client.getConnection({ as, path: { connectionId: connection.id } }).expect(200);
  expect(ended.body).toMatchObject({ status: 'revoked_by_user', health: { state: 'ended', nextSyncAt: null } });
  await client.syncConnection({ as, path: { connectionId: connection.id } }).expect(409);
  const { rows } = await database.query('select from bank_transaction where account_id = $1', [account.accountId]);
  expect(rows).toHaveLength(0);
  await waitFor(
    'financial to forget the accounts',
    () => financial.bankAccounts.findLast(({ userId }) => userId === as.userId)?.accounts.length === 0,
  );
  await waitFor('the provider to end the consent', async () => {
    const scenario = (await sandbox.runScenario('revoked_at_bank', consent)) as { status: string };
    return scenario.status === 'revoked_by_user';
  });
  await client.deleteConnection({ as, path: { connectionId: connection.id } }).expect(204);
});

test('tells the person to sign in again when the bank wants it', async () => {
  const { as, connection, account } = await createLinkedPerson(world);
  const { consent } = await providerIds(world, account.accountId);

  await world.sandbox.runScenario('reauth_required', consent);

  const changed = await waitFor('the state to change', async () => {
    const { body } = await world.client.getConnection({ as, path: { connectionId: connection.id } }).expect(200);
    return body.status === 'reauth_required' && body;
  });
  expect(changed.health).toMatchObject({ state: 'action_required', action: 'reauthorise' });
  const { items } = (await world.client.listBalances({ as }).expect(200)).body;
  expect(items[0]).toMatchObject({ status: 'reauth_required', balance: account.balance });
});

test('shows nobody what is another person’s', async () => {
  const { connection, account } = await createLinkedPerson(world);
  const as = createPerson();
  const path = { connectionId: connection.id };

  await world.client.getConnection({ as, path }).expect(404);
  await world.client.deleteConnection({ as, path }).expect(404);
  await world.client.syncConnection({ as, path }).expect(404);
  await world.client.listTransactions({ as, path: { accountId: account.accountId } }).expect(404);
  expect((await world.client.listConnections({ as }).expect(200)).body.items).toEqual([]);
  expect((await world.client.listBalances({ as }).expect(200)).body.items).toEqual([]);
});

test('answers bad input with 400 and wrong tokens with 401 or 403', async () => {
  const { client } = world;
  const as = createPerson();

  await client.createConnection({ as, body: { institutionId: 7 } as never }).expect(400);
  await client.createConnection({ as, body: { bank: 'x' } as never }).expect(400);
  const unknown = await client.createConnection({ as, body: { institutionId: 'no-such-bank' } }).expect(400);
  expect(unknown.body).toMatchObject({ code: 'institution_unknown' });
  await client.completeConnection({ as: asService, body: { state: 'only-a-state-and-no-code' } }).expect(400);
  await client.getConnection({ as, path: { connectionId: 'x' } }).expect(400);
  await client.listConnections({ as, query: { cursor: 'bm90IGEgY3Vyc29y' } }).expect(400);
  await client.listConnections({ as, query: { limit: 101 } }).expect(400);
  await client.listBalances({ as: 'not-a-token' }).expect(401);
  await client.listBalances({ as: { staffId: 'someone' } }).expect(403);
  await client.getConnectionsSummary({ as, path: as }).expect(403);
});

test('shows staff the connections without sums', async () => {
  const { as, balances } = await createLinkedPerson(world);

  const { body } = await world.client.getConnectionsSummary({ as: { staffId: 'staff-1' }, path: as }).expect(200);

  expect(body).toMatchObject({ userId: as.userId, transfersInFlight: 0 });
  expect(body.connections[0]).toMatchObject({
    status: 'active',
    accounts: balances.length,
    institutionName: 'First Sandbox Bank',
  });
  expect(JSON.stringify(body)).not.toContain('amountMinor');
});
