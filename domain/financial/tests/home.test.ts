import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  createPerson,
  createPocket,
  deposit,
  eur,
  linkBankAccount,
  startFinancialApp,
  withKey,
} from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp(new Date('2026-11-22T09:30:00Z'));
});
afterAll(() => app.stop());

function putAccounts(userId: string, connectionId: string, version: number, accounts: object[]) {
  const body = { connectionId, version, accounts };
  return app.flagship.putBankAccounts({ as: { service: true }, path: { userId }, body: body as never });
}

/** Two ids in the order in which lists show them. */
function sortedIds(): [string, string] {
  const [first = '', second = ''] = [randomUUID(), randomUUID()].sort();
  return [first, second];
}

function account(changes: object = {}) {
  return {
    accountId: randomUUID(),
    institutionName: 'First Sandbox Bank',
    name: 'Everyday account',
    mask: '4711',
    kind: 'current',
    currency: 'EUR',
    balance: eur(100),
    available: null,
    asOf: '2026-11-22T08:00:00.000Z',
    status: 'active',
    ...changes,
  };
}

async function balancesOf(userId: string) {
  return (await app.client.getHome({ as: { userId } }).expect(200)).body.balances;
}

describe('the home part', () => {
  test('is empty for a new person', async () => {
    const as = await createPerson(app);

    const { body } = await app.client.getHome({ as }).expect(200);

    expect(body).toEqual({ pockets: { items: [], total: 0 }, balances: { items: [], asOf: null } });
    expect((await app.client.getWallet({ as }).expect(200)).body).toEqual({ balances: [], available: [], pending: [] });
  });

  test('shows the newest five open pockets with balance and plan, and how many there are', async () => {
    const as = await createPerson(app, { wallet: 1_000 });
    const pockets = [];
    for (const name of ['1', '2', '3', '4', '5', '6', '7']) {
      app.clock.advance(1_000);
      pockets.push(await createPocket(app, as, { name, target: eur(1_000) }));
    }
    const newest = { pocketId: pockets.at(-1)?.id ?? '' };
    await app.client
      .createContribution({ as, path: newest, headers: withKey(), body: { amount: eur(250) } })
      .expect(201);
    await app.client
      .closePocket({ as, path: { pocketId: pockets[5]?.id ?? '' }, headers: withKey(), body: {} })
      .expect(200);

    const { body } = await app.client.getHome({ as }).expect(200);

    expect(body.pockets.total).toBe(6);
    expect(body.pockets.items.map(({ name }) => name)).toEqual(['7', '5', '4', '3', '2']);
    expect(body.pockets.items[0]).toEqual((await app.client.getPocket({ as, path: newest }).expect(200)).body);
    expect(body.pockets.items[0]).toMatchObject({ percent: 25, balance: eur(250) });
  });

  test('is for members alone', async () => {
    await app.client.getHome({}).expect(401);
    await app.client.getHome({ as: { service: true } }).expect(403);
  });
});

describe('the money screen', () => {
  test('is empty for a new person, and for members alone', async () => {
    const as = await createPerson(app);

    const { body } = await app.client.getMoneyScreen({ as }).expect(200);

    expect(body).toMatchObject({
      safeToSpend: { items: [], stale: false },
      transfers: { items: [], nextCursor: null },
      accounts: { items: [], asOf: null },
    });
    await app.client.getMoneyScreen({}).expect(401);
    await app.client.getMoneyScreen({ as: { service: true } }).expect(403);
  });

  test('holds what the operations of its parts answer, and nothing of another person', async () => {
    const as = await createPerson(app, { wallet: 1_000 });
    const { accountId } = await deposit(app, as, 700);
    const other = await createPerson(app);

    const { body } = await app.client.getMoneyScreen({ as }).expect(200);

    expect(body.safeToSpend).toEqual((await app.client.getSafeToSpend({ as }).expect(200)).body);
    expect(body.transfers).toEqual((await app.client.listTransfers({ as }).expect(200)).body);
    expect(body.transfers.items.length).toBeGreaterThan(0);
    expect(body.accounts).toEqual(await balancesOf(as.userId));
    expect(body.accounts.items.map((item) => item.accountId)).toContain(accountId);
    expect((await app.client.getMoneyScreen({ as: other }).expect(200)).body.accounts.items).toEqual([]);
  });
});

describe('linked accounts', () => {
  test('show their last known balances with the oldest age', async () => {
    const { userId } = await createPerson(app);
    const [first, second] = sortedIds();
    const fresh = account({ accountId: first, name: 'A' });
    const old = account({
      accountId: second,
      name: 'B',
      balance: null,
      asOf: '2026-11-20T08:00:00.000Z',
      status: 'reauth_required',
    });
    const connectionId = randomUUID();

    await putAccounts(userId, connectionId, 1, [old, fresh]).expect(204);

    const { currency: _, ...shown } = fresh;
    const balances = await balancesOf(userId);
    expect(balances.asOf).toBe('2026-11-20T08:00:00.000Z');
    expect(balances.items[0]).toEqual({ ...shown, connectionId });
    expect(balances.items[1]).toMatchObject({ balance: null, status: 'reauth_required' });
    expect((await app.client.getWallet({ as: { userId } }).expect(200)).body.balances).toEqual([eur(0)]);
  });

  test('are replaced by newer news of their connection, and never by older', async () => {
    const { userId } = await createPerson(app);
    const [one, two] = [randomUUID(), randomUUID()];
    const [first, second] = sortedIds();
    const kept = account({ accountId: first, name: 'Other connection' });
    await putAccounts(userId, two, 1, [kept]).expect(204);

    await putAccounts(userId, one, 5, [account({ name: 'Five' }), account({ name: 'Gone soon' })]).expect(204);
    await putAccounts(userId, one, 6, [account({ accountId: second, name: 'Six' })]).expect(204);
    await putAccounts(userId, one, 5, [account({ name: 'Old' })]).expect(204);
    await putAccounts(userId, one, 6, []).expect(204);

    expect((await balancesOf(userId)).items.map(({ name }) => name)).toEqual(['Other connection', 'Six']);
    await putAccounts(userId, one, 7, []).expect(204);
    expect((await balancesOf(userId)).items.map(({ name }) => name)).toEqual(['Other connection']);
  });

  test('end with the newest set when many arrive at once', async () => {
    const { userId } = await createPerson(app);
    const connectionId = randomUUID();
    const shared = account();

    await Promise.all(
      Array.from({ length: 12 }, (_, version) =>
        putAccounts(userId, connectionId, version, [{ ...shared, name: `v${String(version)}` }]).expect(204),
      ),
    );

    expect((await balancesOf(userId)).items.map(({ name }) => name)).toEqual(['v11']);
  });

  test.each([
    ['another currency in the balance', account({ balance: { amountMinor: 1, currency: 'USD' } }), 422],
    ['a currency that is none', account({ currency: 'QQQ', balance: null }), 422],
    ['a kind that nobody knows', account({ kind: 'mattress' }), 400],
    ['a time that is none', account({ asOf: '2026-02-30T00:00:00Z' }), 400],
    ['an unknown field', account({ iban: 'DE02' }), 400],
    ['a float', account({ balance: eur(1.5) }), 400],
  ])('are refused with %s', async (_what, wrong, status) => {
    const { userId } = await createPerson(app);

    await putAccounts(userId, randomUUID(), 1, [account(), wrong]).expect(status as 400);

    expect((await balancesOf(userId)).items).toEqual([]);
  });

  test('are told by services alone', async () => {
    const { userId } = await createPerson(app);
    const body = { connectionId: randomUUID(), version: 1, accounts: [] };

    await app.client.putBankAccounts({ as: { userId }, path: { userId }, body }).expect(403);
    await app.client.putBankAccounts({ path: { userId }, body }).expect(401);
  });
});

describe('the staff summary', () => {
  const staff = { staffId: randomUUID() };

  test('shows wallets, pockets, transfers and bank accounts of one person', async () => {
    const as = await createPerson(app);
    const transfer = await deposit(app, as, 900);
    const pocket = await createPocket(app, as);
    await app.client
      .createContribution({ as, path: { pocketId: pocket.id }, headers: withKey(), body: { amount: eur(300) } })
      .expect(201);
    const { accountId } = await linkBankAccount(app, as);
    await app.client
      .createWalletWithdrawal({ as, headers: withKey(), body: { accountId, amount: eur(50) } })
      .expect(202);

    const { body } = await app.client.getMoneySummary({ as: staff, path: as }).expect(200);

    expect(body).toMatchObject({
      userId: as.userId,
      wallets: [{ currency: 'EUR', balance: eur(600), available: eur(550), pending: eur(50), incoming: eur(0) }],
      pockets: [{ id: pocket.id, status: 'open', balance: eur(300) }],
      pocketCount: 1,
      suspense: [],
    });
    expect(body.transfers.map(({ id, status }) => [id === transfer.id, status]).sort()).toEqual([
      [false, 'created'],
      [true, 'settled'],
    ]);
    expect(body.bankAccounts.items).toHaveLength(2);
  });

  test('is empty for a person without money, and for staff alone', async () => {
    const as = await createPerson(app);

    const { body } = await app.client.getMoneySummary({ as: staff, path: as }).expect(200);

    expect(body).toMatchObject({
      wallets: [],
      pockets: [],
      pocketCount: 0,
      transfers: [],
      bankAccounts: { items: [], asOf: null },
    });
    await app.client.getMoneySummary({ as, path: as }).expect(403);
    await app.client.getMoneySummary({ as: { service: true }, path: as }).expect(403);
    await app.client.getMoneySummary({ as: staff, path: { userId: 'me' } }).expect(400);
  });
});
