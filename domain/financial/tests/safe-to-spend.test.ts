import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { components } from '#openapi/financial';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { put } from './shared-pocket.ts';

type Account = components['schemas']['BankAccountSet']['accounts'][number];

const start = new Date('2026-11-22T09:30:00Z');
let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp(start);
});
beforeEach(() => {
  app.clock.set(start);
});
afterAll(() => app.stop());

/** Links accounts as flagship tells them. */
async function link({ userId }: { userId: string }, ...accounts: Partial<Account>[]) {
  const told = accounts.map((account) => ({
    ...{ accountId: randomUUID(), institutionName: 'Bank', name: 'Everyday', mask: '4711', kind: 'current' as const },
    ...{ currency: 'EUR', balance: eur(1_000), available: null, asOf: start.toISOString(), status: 'active' as const },
    ...account,
  }));
  const body = { connectionId: randomUUID(), version: 1, accounts: told };
  await app.flagship.putBankAccounts({ as: { service: true }, path: { userId }, body }).expect(204);
  return told;
}

async function spendable(as: { userId: string }) {
  return (await app.client.getSafeToSpend({ as }).expect(200)).body;
}

test('is the wallet and the banks, without pockets and what rules will take', async () => {
  const as = await createPerson(app, { wallet: 500 });
  const path = { pocketId: (await createPocket(app, as)).id };
  await put(app, as, path, 100);
  const [account] = await link(as, { available: eur(900) });
  const rule = { kind: 'recurring', amount: eur(30), every: 'week', day: 1 } as const;
  const { body: made } = await app.client.createRule({ as, path, body: rule }).expect(201);

  const body = await spendable(as);

  const sums = body.items[0]?.parts.map(({ kind, accountId, ruleId, on, amountMinor }) => ({
    ...{ kind, id: accountId ?? ruleId, on, amountMinor },
  }));
  const mondays = ['2026-11-23', '2026-11-30', '2026-12-07', '2026-12-14', '2026-12-21'];
  expect(sums).toEqual([
    { kind: 'wallet', id: null, on: null, amountMinor: 400 },
    { kind: 'bank_account', id: account?.accountId, on: null, amountMinor: 900 },
    ...mondays.map((on) => ({ kind: 'coming_rule', id: 'id' in made ? made.id : null, on, amountMinor: -30 })),
  ]);
  expect(body.items).toMatchObject([{ currency: 'EUR', safeToSpendMinor: 400 + 900 - 5 * 30, stale: false }]);
  expect(body.until).toBe('2026-12-22T09:30:00.000Z');
});

test('has the same tag until a figure or the age of a bank’s changes, and another for another person', async () => {
  const [as, other] = [await createPerson(app, { wallet: 500 }), await createPerson(app, { wallet: 500 })];
  await link(as, { available: eur(900) });
  const tagOf = async (person: typeof as) =>
    (await app.client.getSafeToSpend({ as: person }).expect(200)).headers['etag'] as string;
  const before = await tagOf(as);

  app.clock.advance(60_000);
  expect(await tagOf(as)).toBe(before);
  expect(await tagOf(other)).not.toBe(before);
  await link(as, { asOf: app.clock.now().toISOString() });

  expect(await tagOf(as)).not.toBe(before);
});

test('is less by what withdrawals on their way have reserved', async () => {
  const as = await createPerson(app, { wallet: 500 });
  const [account] = await link(as, { balance: eur(0) });
  const body = { accountId: account?.accountId ?? '', amount: eur(200) };
  await app.client.createWalletWithdrawal({ as, headers: withKey(), body }).expect(202);

  expect((await spendable(as)).items).toMatchObject([{ safeToSpendMinor: 300 }]);
});

test('says how old each figure is, and is stale when one is, never 0', async () => {
  const as = await createPerson(app, { wallet: 10 });
  const asOf = '2026-11-20T09:30:00.000Z';
  await link(as, { name: 'Old', asOf }, { name: 'Fresh' });

  const body = await spendable(as);

  expect(body).toMatchObject({ stale: true, asOf });
  expect(body.items[0]).toMatchObject({ safeToSpendMinor: 2_010, stale: true, asOf });
  const ages = body.items[0]?.parts.map((part) => [part.name, part.amountMinor, part.asOf === asOf, part.stale]);
  expect(ages?.slice(1)).toEqual(
    expect.arrayContaining([
      ['Old', 1_000, true, true],
      ['Fresh', 1_000, false, false],
    ]),
  );
});

test.each([
  ['an unknown balance', { balance: null }, null, true],
  ['a consent that has ended', { status: 'revoked' as const }, 1_000, true],
  ['a card that is owed on', { kind: 'card' as const, balance: eur(-70), available: eur(900) }, -70, false],
  ['an account in the red', { balance: eur(-70) }, -70, false],
])('counts %s as it is', async (_what, account, amountMinor, stale) => {
  const as = await createPerson(app);
  await link(as, account);

  const { items } = await spendable(as);

  expect(items).toMatchObject([{ safeToSpendMinor: amountMinor ?? 0, stale, parts: [{ amountMinor, stale }] }]);
});

test('leaves out loans and closed accounts, and keeps currencies apart', async () => {
  const as = await createPerson(app, { wallet: 10 });
  const yen = { amountMinor: 7, currency: 'JPY' };
  await link(as, { kind: 'loan' }, { status: 'closed' }, { currency: 'JPY', balance: yen });

  const { items } = await spendable(as);

  expect(items.map(({ currency, safeToSpendMinor }) => [currency, safeToSpendMinor])).toEqual([
    ['EUR', 10],
    ['JPY', 7],
  ]);
});

test('is nobody else’s', async () => {
  await link(await createPerson(app, { wallet: 10 }), {});

  expect((await spendable(await createPerson(app))).items).toEqual([]);
});
