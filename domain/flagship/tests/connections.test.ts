import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '#platform/testing/wait';
import { decideConsent } from '../../../dev/flagship-sandbox/consent-form.ts';
import { createContext } from '../context.ts';
import { createTokenVault } from '../helpers/token-vault.ts';
import type { VaultKey } from '../helpers/token-vault.ts';
import { resealTokens } from '../jobs/reseal-tokens.ts';
import { withConsentToken } from '../jobs/with-consent-token.ts';
import { asService, createLinkedPerson, createPerson, providerIds, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const linking = { institutionId: 'first-sandbox-bank' };

type Linked = Awaited<ReturnType<typeof createLinkedPerson>>;

/** The connection once `isThere` says so of it. */
async function connectionWhen(
  what: string,
  { as, connection }: Pick<Linked, 'as'> & { connection: { id: string } },
  isThere: (now: Linked['connection']) => boolean,
) {
  return waitFor(what, async () => {
    const { body } = await world.client.getConnection({ as, path: { connectionId: connection.id } }).expect(200);
    return isThere(body) && body;
  });
}

/** The names of what has happened, oldest first. */
async function historyOf({ as, connection }: Pick<Linked, 'as'> & { connection: { id: string } }) {
  const path = { connectionId: connection.id };
  const { body } = await world.client.listConnectionHistory({ as, path }).expect(200);
  return body.items.map(({ event }) => event as string).reverse();
}

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

describe('a renewal', () => {
  async function linkExpiring() {
    const linked = await createLinkedPerson(world);
    const { consent } = await providerIds(world, linked.account.accountId);
    await world.sandbox.runScenario('consent_expiring', consent);
    const expiring = await connectionWhen('the end to be near', linked, ({ status }) => status === 'expiring');
    return { ...linked, consent, expiring, path: { connectionId: linked.connection.id } };
  }
  /** Whether the person has heard of the end by then depends on the minute. */
  const withoutWarning = async (linked: Linked) => (await historyOf(linked)).filter((event) => event !== 'expiring');
  const accountIds = async ({ as }: Pick<Linked, 'as'>) =>
    (await world.client.listAccounts({ as }).expect(200)).body.items.map(({ id }) => id);

  test('before the end keeps accounts and transactions, and the link is good for as long as a new one', async () => {
    const linked = await linkExpiring();
    const { as, path, expiring, account } = linked;
    const transactions = { as, path: { accountId: account.accountId }, query: { limit: 100 } };
    const before = [await accountIds(linked), (await world.client.listTransactions(transactions)).body];

    const { body } = await world.client.renewConnection({ as, path }).expect(201);
    const answer = await decideConsent(body.authorizeUrl);
    const reply = await world.client.completeConnection({ as: asService, body: answer }).expect(200);
    const renewed = await connectionWhen('the new end', linked, ({ status }) => status === 'active');

    expect(expiring.health).toMatchObject({ state: 'ok', action: 'reauthorise' });
    expect(body.connectionId).toBe(path.connectionId);
    expect(reply.body).toEqual({ connectionId: path.connectionId, status: 'active' });
    expect(Date.parse(renewed.consentExpiresAt ?? '')).toBeGreaterThan(Date.parse(expiring.consentExpiresAt ?? ''));
    await world.client.syncConnection({ as, path }).expect(202);
    await connectionWhen(
      'another sync',
      linked,
      ({ health }) => health.lastSuccessAt !== expiring.health.lastSuccessAt,
    );
    expect([await accountIds(linked), (await world.client.listTransactions(transactions)).body]).toEqual(before);
    expect(await withoutWarning(linked)).toEqual(['started', 'linked', 'renewal_started', 'renewed']);
  });

  test('that the person backs out of leaves the link as it is', async () => {
    const linked = await linkExpiring();
    const { as, path } = linked;

    const { body } = await world.client.renewConnection({ as, path }).expect(201);
    const answer = await decideConsent(body.authorizeUrl, 'deny');
    const reply = await world.client.completeConnection({ as: asService, body: answer }).expect(200);

    expect(reply.body).toEqual({ connectionId: path.connectionId, status: 'unchanged' });
    await world.client.syncConnection({ as, path }).expect(202);
    const after = await connectionWhen('another sync', linked, ({ health }) => {
      return health.lastSuccessAt !== linked.connection.health.lastSuccessAt;
    });
    expect(after.status).toBe('expiring');
    expect(await withoutWarning(linked)).toEqual(['started', 'linked', 'renewal_started', 'renewal_declined']);
  });

  test('whose code is refused leaves the link as it is', async () => {
    const linked = await linkExpiring();
    const { as, path } = linked;
    const { body } = await world.client.renewConnection({ as, path }).expect(201);
    const { state } = await decideConsent(body.authorizeUrl, 'deny');

    const refused = await world.client.completeConnection({ as: asService, body: { state, code: 'code_made-up' } });

    expect([refused.status, refused.body]).toMatchObject([400, { code: 'authorisation_failed' }]);
    expect((await world.client.getConnection({ as, path }).expect(200)).body.status).toBe('expiring');
  });

  test.each([
    ['reauth_required', 'reauth_required'],
    ['consent_expired', 'expired'],
  ])('brings back a link: %s', async (scenario, status) => {
    const linked = await createLinkedPerson(world);
    const { as, account } = linked;
    const path = { connectionId: linked.connection.id };
    const { consent } = await providerIds(world, account.accountId);
    const before = await accountIds(linked);
    await world.sandbox.runScenario(scenario, consent);
    const broken = await connectionWhen('the state to change', linked, (now) => now.status === status);

    const { body } = await world.client.renewConnection({ as, path }).expect(201);
    await world.client.completeConnection({ as: asService, body: await decideConsent(body.authorizeUrl) }).expect(200);
    const healed = await connectionWhen('the sync', linked, (now) => {
      return now.status === 'active' && now.health.lastSuccessAt !== broken.health.lastSuccessAt;
    });

    expect(broken.health).toMatchObject({ state: 'action_required', action: 'reauthorise', nextSyncAt: null });
    expect(healed.health).toMatchObject({ state: 'ok', action: null });
    expect(await accountIds(linked)).toEqual(before);
    expect((await historyOf(linked)).slice(0, 4)).toEqual(['started', 'linked', status, 'renewal_started']);
    expect(await historyOf(linked)).toContain('renewed');
  });

  test('is what helps when the tokens have died, and nothing but that', async () => {
    const linked = await createLinkedPerson(world);
    const { as } = linked;
    const path = { connectionId: linked.connection.id };
    const dead = createTokenVault(world.config.tokenKeys).seal('rt_long-gone', `refresh:${path.connectionId}`);
    await world.database.query(
      `update connection set refresh_token = $2, access_token_expires_at = now() where id = $1`,
      [path.connectionId, dead],
    );

    await world.client.syncConnection({ as, path }).expect(202);
    await connectionWhen('the state to change', linked, ({ status }) => status === 'reauth_required');
    await world.database.query('update connection set consent_checked_at = null where id = $1', [path.connectionId]);
    await world.runJob('tendConnections');
    await waitFor('the consent, which lives, to be looked at', async () => {
      const { rows } = await world.database.query(
        'select from connection where id = $1 and consent_checked_at is not null',
        [path.connectionId],
      );
      return rows.length > 0;
    });
    const still = (await world.client.getConnection({ as, path }).expect(200)).body;
    const { body } = await world.client.renewConnection({ as, path }).expect(201);
    await world.client.completeConnection({ as: asService, body: await decideConsent(body.authorizeUrl) }).expect(200);
    const healed = await connectionWhen('the sync', linked, ({ health }) => {
      return health.state === 'ok' && health.lastSuccessAt !== still.health.lastSuccessAt;
    });

    expect(still).toMatchObject({ status: 'reauth_required', health: { action: 'reauthorise' } });
    expect(healed.status).toBe('active');
    expect(await historyOf(linked)).toEqual(['started', 'linked', 'reauth_required', 'renewal_started', 'renewed']);
  });

  test('replaces an open one, and the same key gives the same one', async () => {
    const { as, path } = await linkExpiring();
    const request = { as, path, headers: { 'Idempotency-Key': 'renew-1' } };

    const first = await world.client.renewConnection({ as, path }).expect(201);
    const second = await world.client.renewConnection(request).expect(201);
    const again = await world.client.renewConnection(request).expect(201);
    const gone = await fetch(first.body.authorizeUrl);
    const answer = await decideConsent(again.body.authorizeUrl);

    expect(gone.status).toBe(404);
    expect([again.body, again.headers['idempotency-replayed']]).toEqual([second.body, 'true']);
    await world.client.completeConnection({ as: asService, body: answer }).expect(200);
  });

  test('asked for many times at once leaves one that works', async () => {
    const { as, path } = await linkExpiring();
    const headers = { 'Idempotency-Key': 'renew-at-once' };

    const replies = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((nth) => world.client.renewConnection({ as, path, ...(nth % 2 === 0 && { headers }) })),
    );
    const given = replies.filter(({ status }) => status === 201);
    const opened = new Set(given.map(({ body }) => (body as { authorizeUrl: string }).authorizeUrl));
    const pages = await Promise.all([...opened].map(async (url) => ({ url, status: (await fetch(url)).status })));
    const alive = pages.filter(({ status }) => status === 200);

    expect(replies.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect(alive).toHaveLength(1);
    const answer = await decideConsent(alive[0]?.url ?? '');
    await world.client.completeConnection({ as: asService, body: answer }).expect(200);
  });

  test('is refused where there is nothing to renew', async () => {
    const { client, database, sandbox } = world;
    const linked = await linkExpiring();
    const { as, path, consent } = linked;
    const waiting = await client.createConnection({ as, body: {} }).expect(201);
    const refuse = async (connectionId: string) => {
      const { status, body } = await client.renewConnection({ as, path: { connectionId } });
      return [status, (body as unknown as { code: string }).code];
    };

    expect(await refuse(waiting.body.connectionId)).toEqual([409, 'connection_not_renewable']);
    await client.renewConnection({ as: createPerson(), path }).expect(404);
    await sandbox.runScenario('revoked_at_bank', consent);
    // The provider knows already; we may not have heard of it.
    expect(await refuse(path.connectionId)).toEqual([409, 'connection_not_renewable']);
    const ended = await connectionWhen('the end', linked, ({ status }) => status === 'revoked_at_provider');
    expect(ended.health).toMatchObject({ state: 'ended', action: 'link_again' });
    expect(await refuse(path.connectionId)).toEqual([409, 'connection_not_renewable']);
    const revival = database.query(`update connection set status = 'active' where id = $1`, [path.connectionId]);
    await expect(revival).rejects.toThrow('cannot go from revoked_at_provider to active');
  });

  test('of a link that ended while the person was at the bank brings nothing back', async () => {
    const linked = await linkExpiring();
    const { as, path } = linked;
    const { body } = await world.client.renewConnection({ as, path }).expect(201);
    const answer = await decideConsent(body.authorizeUrl);

    await world.client.deleteConnection({ as, path }).expect(204);
    const late = await world.client.completeConnection({ as: asService, body: answer }).expect(400);

    expect(late.body).toMatchObject({ code: 'state_invalid' });
    await waitFor('the provider to be told', async () => (await historyOf(linked)).includes('ended_at_bank'));
    expect((await world.client.getConnection({ as, path }).expect(200)).body.status).toBe('revoked_by_user');
  });
});

describe('the history of a connection', () => {
  test('tells in plain words what happened, newest first, to its owner alone', async () => {
    const linked = await createLinkedPerson(world);
    const { as } = linked;
    const path = { connectionId: linked.connection.id };
    await world.client.deleteConnection({ as, path, query: { erase: true } }).expect(204);
    await waitFor('the provider to be told', async () => (await historyOf(linked)).length === 5);

    const first = await world.client.listConnectionHistory({ as, path, query: { limit: 3 } }).expect(200);
    const cursor = first.body.nextCursor ?? '';
    const rest = await world.client.listConnectionHistory({ as, path, query: { limit: 3, cursor } }).expect(200);

    expect([...first.body.items, ...rest.body.items].map(({ event, status }) => `${event} ${status}`)).toEqual([
      'ended_at_bank revoked_by_user',
      'erased revoked_by_user',
      'revoked_by_user revoked_by_user',
      'linked active',
      'started awaiting_authorisation',
    ]);
    expect(rest.body.items[0]).toMatchObject({ message: 'You linked the bank.' });
    expect(rest.body.nextCursor).toBeNull();
    await world.client.listConnectionHistory({ as: createPerson(), path }).expect(404);
    await world.client.listConnectionHistory({ as, path, query: { cursor: 'bm90IGEgY3Vyc29y' } }).expect(400);
  });

  test('has one line for a sign-in that came back again and again', async () => {
    const as = createPerson();
    const { body } = await world.client.createConnection({ as, body: linking }).expect(201);
    const answer = await decideConsent(body.authorizeUrl);
    await world.client.completeConnection({ as: asService, body: answer }).expect(200);

    for (let time = 0; time < 3; time += 1) {
      await world.client.completeConnection({ as: asService, body: answer }).expect(400);
    }

    const history = await historyOf({ as, connection: { id: body.connectionId } });
    expect(history).toEqual(['started', 'linked', 'attempt_refused']);
  });
});

describe('what no event tells', () => {
  test('who agreed at the bank and never came back is not linked, and the bank is told', async () => {
    const as = createPerson();
    const { body } = await world.client.createConnection({ as, body: linking }).expect(201);
    await decideConsent(body.authorizeUrl);
    const attempt = { as, connection: { id: body.connectionId } };

    world.clock.advance(21 * 60_000);
    await world.runJob('tendConnections');
    const ended = await connectionWhen('the attempt to end', attempt, ({ status }) => status === 'rejected');
    await waitFor('the provider to be told', async () => (await historyOf(attempt)).includes('ended_at_bank'));
    world.clock.advance(-21 * 60_000);

    expect(ended.health).toMatchObject({ state: 'ended', action: 'link_again' });
    expect(await historyOf(attempt)).toEqual(['started', 'abandoned', 'ended_at_bank']);
    const { rows } = await world.database.query<{ id: string }>(
      'select provider_consent_id as id from connection where id = $1',
      [body.connectionId],
    );
    expect(await world.sandbox.runScenario('revoked_at_bank', rows[0]?.id ?? '')).toMatchObject({
      status: 'revoked_by_user',
    });
  });

  test('a consent that ended is found out by asking, when webhook and feed are lost', async () => {
    const linked = await createLinkedPerson(world);
    const { consent } = await providerIds(world, linked.account.accountId);
    const setCursor = (cursor: string) => world.database.query('update feed_cursor set cursor = $1', [cursor]);
    await world.runJob('catchUpEvents');
    await waitFor('the feed to be read', async () => {
      return (await world.database.query('select from feed_cursor')).rows.length > 0;
    });
    const { rows } = await world.database.query<{ cursor: string }>('select cursor from feed_cursor');
    await world.sandbox.setFaults({ dropWebhooks: 1 });
    await setCursor('c999999');

    await world.sandbox.runScenario('revoked_at_bank', consent);
    world.clock.advance(7 * 3_600_000);
    await world.runJob('tendConnections');
    await connectionWhen('the end to be found out', linked, ({ status }) => status === 'revoked_at_provider');

    world.clock.advance(-7 * 3_600_000);
    await world.sandbox.setFaults({});
    await setCursor(rows[0]?.cursor ?? '');
  });

  test('a provider that was away hears of an end as soon as it is back', async () => {
    const linked = await createLinkedPerson(world);
    const path = { connectionId: linked.connection.id };
    const { consent } = await providerIds(world, linked.account.accountId);
    await world.sandbox.setFaults({ errorRate: 1 });

    await world.client.deleteConnection({ as: linked.as, path }).expect(204);
    const attempts = await waitFor('a try that fails', async () => {
      const { rows } = await world.database.query<{ attempts: number }>(
        `select attempts from flagship_jobs._private_jobs where key = $1 and last_error is not null`,
        [`revokeConsent:${linked.connection.id}`],
      );
      return rows[0]?.attempts;
    });
    expect(await historyOf(linked)).not.toContain('ended_at_bank');
    await world.sandbox.setFaults({});
    await waitFor('the provider to be told', async () => {
      await world.runJob('tendConnections');
      return (await historyOf(linked)).includes('ended_at_bank');
    });

    expect(attempts).toBeGreaterThan(0);
    expect(await world.sandbox.runScenario('revoked_at_bank', consent)).toMatchObject({ status: 'revoked_by_user' });
  });

  test('no end waits behind others that the provider does not take', async () => {
    const { database, sandbox } = world;
    const { rows } = await database.query<{ id: string }>(
      `insert into connection (id, user_id, status, provider_consent_id, revoke_since, created_at)
       select gen_random_uuid(), gen_random_uuid(), 'rejected', 'con_' || gen_random_uuid(), now(), now() from generate_series(1, 501)
       returning id`,
    );
    const ids = rows.map(({ id }) => id);
    await sandbox.setFaults({ errorRate: 1 });

    const tried = await waitFor('a try for each', async () => {
      await world.runJob('tendConnections');
      const { rows: jobs } = await database.query<{ n: number }>(
        `select count(*)::int as n from flagship_jobs._private_jobs where key = any ($1)`,
        [ids.map((id) => `revokeConsent:${id}`)],
      );
      return jobs[0]?.n === ids.length && jobs[0].n;
    });

    await database.query('update connection set revoke_since = null where id = any ($1)', [ids]);
    await database.query(`select flagship_jobs.remove_job(key) from unnest($1::text[]) key`, [
      ids.map((id) => `revokeConsent:${id}`),
    ]);
    await sandbox.setFaults({});
    expect(tried).toBe(501);
  });

  test('no question waits behind others that the provider does not answer', async () => {
    const { database, sandbox } = world;
    const { rows } = await database.query<{ id: string }>(
      `insert into connection (id, user_id, status, provider_consent_id, created_at)
       select gen_random_uuid(), gen_random_uuid(), 'reauth_required', 'con_' || gen_random_uuid(), now() from generate_series(1, 501)
       returning id`,
    );
    const ids = rows.map(({ id }) => id);
    const keys = ids.map((id) => `checkConsent:${id}`);
    await sandbox.setFaults({ errorRate: 1 });

    const asked = await waitFor('a question for each', async () => {
      await world.runJob('tendConnections');
      const { rows: jobs } = await database.query<{ n: number }>(
        `select count(*)::int as n from flagship_jobs._private_jobs where key = any ($1)`,
        [keys],
      );
      return jobs[0]?.n === ids.length && jobs[0].n;
    });

    await database.query('update connection set consent_checked_at = now() where id = any ($1)', [ids]);
    await database.query(`select flagship_jobs.remove_job(key) from unnest($1::text[]) key`, [keys]);
    await sandbox.setFaults({});
    expect(asked).toBe(501);
  });

  const connectionJob = (name: string, key: string) => (id: string) =>
    world.database.query('select flagship_jobs.add_job($1, json_build_object($2::text, $3::text))', [name, key, id]);
  const newsOfConsent = async (id: string) => {
    await world.database.query(
      `insert into provider_event (id, type, payload, source, received_at)
       select $1::text, 'consent.updated', json_build_object('consentId', provider_consent_id, 'status', 'active'), 'feed', now()
       from connection where id = $1::uuid`,
      [id],
    );
    return connectionJob('processEvent', 'eventId')(id);
  };

  test.each([
    ['by the clock', connectionJob('checkConsent', 'connectionId')],
    ['by news of it', newsOfConsent],
    ['by a sync that its tokens no longer open', connectionJob('syncConnection', 'connectionId')],
  ])('a consent that the provider no longer knows has ended: found out %s', async (_how, findOut) => {
    const linked = await createLinkedPerson(world);
    await world.database.query(
      `update connection set provider_consent_id = 'con_' || gen_random_uuid(), access_token = null, refresh_token = null where id = $1`,
      [linked.connection.id],
    );

    await findOut(linked.connection.id);
    const ended = await connectionWhen('the end', linked, ({ status }) => status === 'revoked_at_provider');

    expect(ended).toMatchObject({ institutionName: 'First Sandbox Bank', health: { action: 'link_again' } });
    expect(await historyOf(linked)).toContain('revoked_at_provider');
    await waitFor('the person to be told', () =>
      world.social.notices.some(({ subject }) => subject.id === linked.connection.id),
    );
    await waitFor('the news to be worked off', async () => {
      const { rows } = await world.database.query('select from provider_event where id = $1 and processed_at is null', [
        linked.connection.id,
      ]);
      return rows.length === 0;
    });
  });

  test('a bank that is silent for a while delays the link, which heals without the person', async () => {
    const linked = await createLinkedPerson(world);
    const { as, connection } = linked;
    await world.sandbox.setFaults({ errorRate: 1 });

    world.clock.advance(40 * 60_000);
    await world.client.syncConnection({ as, path: { connectionId: connection.id } }).expect(202);
    const delayed = await connectionWhen('the delay', linked, ({ health }) => health.state === 'delayed');
    await world.sandbox.setFaults({});
    const healed = await waitFor('the next sync', async () => {
      await world.hurryJobs();
      const { body } = await world.client.getConnection({ as, path: { connectionId: connection.id } }).expect(200);
      return body.health.state === 'ok' && body;
    });
    world.clock.advance(-40 * 60_000);

    expect(delayed).toMatchObject({ status: 'active', health: { action: null, staleHours: 0 } });
    expect(delayed.health.message).toBe('The bank is not answering; we keep trying.');
    expect(healed.health).toMatchObject({ message: 'Up to date.', action: null });
    expect(await historyOf(linked)).toEqual(['started', 'linked']);
  });
});

test('forgets what was read of a link that ended long before, but keeps what transfers refer to', async () => {
  const { client, database, financial } = world;
  const linked = await createLinkedPerson(world);
  const { as, account, balances } = linked;
  const path = { connectionId: linked.connection.id };
  const { consent } = await providerIds(world, account.accountId);
  await database.query(
    `insert into transfer (id, user_id, account_id, direction, amount_minor, currency, status, created_at, updated_at)
     values (gen_random_uuid(), $1, $2, 'deposit', 100, 'EUR', 'settled', now(), now())`,
    [as.userId, account.accountId],
  );
  await world.sandbox.runScenario('consent_expired', consent);
  await connectionWhen('the end', linked, ({ status }) => status === 'expired');
  expect((await client.listAccounts({ as }).expect(200)).body.items).toHaveLength(balances.length);

  await client.deleteConnection({ as, path, query: { erase: true } }).expect(204);
  await client.deleteConnection({ as, path, query: { erase: true } }).expect(204);

  expect((await client.listAccounts({ as }).expect(200)).body.items).toEqual([]);
  await waitFor(
    'financial to forget the accounts',
    () => financial.bankAccounts.findLast(({ userId }) => userId === as.userId)?.accounts.length === 0,
  );
  const { rows } = await database.query<{ name: string; transactions: number }>(
    `select name, (select count(*)::int from bank_transaction t where t.user_id = $1) as transactions from account where user_id = $1`,
    [as.userId],
  );
  expect(rows).toEqual([{ name: '', transactions: 0 }]);
  expect((await historyOf(linked)).filter((event) => event === 'erased')).toHaveLength(1);
});

test('lists the banks on offer by name, also while the provider is away', async () => {
  const { client, sandbox } = world;
  const as = createPerson();
  const first = await client.listInstitutions({ as, query: { limit: 2 } }).expect(200);

  await sandbox.setFaults({ errorRate: 1 });
  const cursor = first.body.nextCursor ?? '';
  const rest = await client.listInstitutions({ as, query: { limit: 100, cursor } }).expect(200);
  const found = await client.listInstitutions({ as, query: { q: 'hArBoUr', country: 'NL' } }).expect(200);
  const none = await client.listInstitutions({ as, query: { q: '%_%' } }).expect(200);
  await sandbox.setFaults({});

  const names = [...first.body.items, ...rest.body.items].map(({ name }) => name);
  expect(names).toEqual(names.toSorted());
  expect(names.length).toBeGreaterThanOrEqual(4);
  expect(found.body.items).toEqual([{ id: 'harbour-sandbox-bank', name: 'Harbour Sandbox Bank', country: 'NL' }]);
  expect(none.body.items).toEqual([]);
  await client.listInstitutions({ as, query: { country: 'nl' } }).expect(400);
  await client.listInstitutions({ as: 'not-a-token' }).expect(401);
});

test('keeps the tokens that a refresh brings, also when the old ones were sealed anew meanwhile', async () => {
  const { connection } = await createLinkedPerson(world);
  const [old] = world.config.tokenKeys;
  if (!old) throw new Error('no key');
  const newer = { id: 'newer', key: randomBytes(32) };
  const open = (...tokenKeys: VaultKey[]) =>
    createContext('flagship-test', { ...world.config, tokenKeys }, world.clock);
  const { ctx, resources } = open(newer, old);
  const row = await ctx.db.connection.update({
    where: { id: connection.id },
    data: { accessTokenExpiresAt: new Date(0) },
  });
  const provider: typeof ctx.provider = {
    ...ctx.provider,
    refreshTokens: async (token) => {
      await resealTokens(ctx);
      return ctx.provider.refreshTokens(token);
    },
  };

  const used = await withConsentToken({ ...ctx, provider }, row, (token) => Promise.resolve(token));
  const { accessToken } = await ctx.db.connection.findUniqueOrThrow({ where: { id: connection.id } });
  const kept = ctx.vault.open(accessToken ?? '', `access:${connection.id}`);
  const restored = open(old, newer);
  await resealTokens(restored.ctx);
  for (const resource of [...resources, ...restored.resources]) await resource.close();

  expect(used).toMatch(/^at_/);
  expect(kept).toBe(used);
});

test('seals every token anew with a new key, so that the old one can go', async () => {
  const { connection } = await createLinkedPerson(world);
  const [old] = world.config.tokenKeys;
  if (!old) throw new Error('no key');
  const next = { id: 'next', key: randomBytes(32) };
  const tokens = async () => {
    const { rows } = await world.database.query<{ access: string; refresh: string }>(
      'select access_token as access, refresh_token as refresh from connection where id = $1',
      [connection.id],
    );
    return rows[0] ?? { access: '', refresh: '' };
  };
  const resealWith = async (tokenKeys: VaultKey[]) => {
    const { ctx, resources } = createContext('flagship-test', { ...world.config, tokenKeys }, world.clock);
    await resealTokens(ctx);
    for (const resource of resources) await resource.close();
  };

  await resealWith([next, old]);
  const sealed = await tokens();
  await resealWith([next]);
  const same = await tokens();
  await resealWith([old, next]);

  const vault = createTokenVault([next]);
  expect(vault.open(sealed.access, `access:${connection.id}`)).toMatch(/^at_/);
  expect(vault.open(sealed.refresh, `refresh:${connection.id}`)).toMatch(/^rt_/);
  expect(same).toEqual(sealed);
  const { rows } = await world.database.query(`select from connection where access_token like 'next.%'`);
  expect(rows).toEqual([]);
});
