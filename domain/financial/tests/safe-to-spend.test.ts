import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { components } from '#openapi/financial';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { put } from './shared-pocket.ts';

type Account = components['schemas']['BankAccountSet']['accounts'][number];

const start = new Date('2026-11-22T09:30:00Z');
const asService = { service: true } as const;
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
  await app.flagship.putBankAccounts({ as: asService, path: { userId }, body }).expect(204);
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
  ['a card whose balance nobody knows', { kind: 'card' as const, balance: null, available: eur(900) }, null, true],
  ['a card that was paid too much', { kind: 'card' as const, balance: eur(70) }, 0, false],
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

test('counts what a rule owes since its day, until that is booked', async () => {
  const as = await createPerson(app, { wallet: 500 });
  const path = { pocketId: (await createPocket(app, as)).id };
  const rule = { kind: 'recurring', amount: eur(30), every: 'month', day: 5 } as const;
  await app.client.createRule({ as, path, body: rule }).expect(201);
  await app.client.createRule({ as, path, body: { ...rule, pausedUntil: '2026-12-06T00:00:00Z' } }).expect(201);
  app.clock.set(new Date('2026-12-05T10:00:00Z'));
  const at = app.clock.now().toISOString();

  const overdue = await spendable(as);
  await app.process.query('select open_due_rules($1, $1, 100)', [at]);
  const due = await spendable(as);
  await app.process.query('select run_next_rule($1)', [JSON.stringify({ personId: as.userId, at })]);
  const booked = await spendable(as);

  const parts = [
    { kind: 'wallet', amountMinor: 500 },
    { kind: 'coming_rule', on: '2026-12-05', amountMinor: -30 },
  ];
  expect(overdue.items).toMatchObject([{ safeToSpendMinor: 470, parts }]);
  expect(due.items).toEqual(overdue.items);
  expect(booked.items).toMatchObject([{ safeToSpendMinor: 470, parts: [{ kind: 'wallet', amountMinor: 470 }] }]);
});

test('leaves out a run of a rule that has been paused or deleted since', async () => {
  const as = await createPerson(app, { wallet: 500 });
  const path = { pocketId: (await createPocket(app, as)).id };
  const rule = { kind: 'recurring', amount: eur(30), every: 'month', day: 5 } as const;
  const ruleIds = [];
  for (let count = 0; count < 2; count++) {
    const { body } = await app.client.createRule({ as, path, body: rule }).expect(201);
    ruleIds.push('id' in body ? body.id : '');
  }
  const [paused = '', deleted = ''] = ruleIds;
  app.clock.set(new Date('2026-12-05T10:00:00Z'));
  await app.process.query('select open_due_rules($1, $1, 100)', [app.clock.now()]);

  const body = { pausedUntil: '2027-03-01T00:00:00Z' };
  await app.client.updateRule({ as, path: { ...path, ruleId: paused }, body }).expect(200);
  await app.client.deleteRule({ as, path: { ...path, ruleId: deleted } }).expect(204);

  expect((await spendable(as)).items).toMatchObject([{ safeToSpendMinor: 500, parts: [{ kind: 'wallet' }] }]);
});

test('is stale from when money came from a bank or went there, until that bank has told a newer balance', async () => {
  const as = await createPerson(app);
  const [account] = await link(as, { name: 'Used' }, { name: 'Other' });
  if (!account) throw new Error('nothing was linked');
  app.clock.advance(60_000);
  const wanted = { accountId: account.accountId, amount: eur(200) };
  const { body } = await app.client.createDeposit({ as, headers: withKey(), body: wanted }).expect(202);
  const transfer = { as: asService, path: { transferId: body.transfer.id } };
  const agesOf = async () => {
    const { items } = await spendable(as);
    return items[0]?.parts.map(({ name, amountMinor, stale }) => [name, amountMinor, stale]).sort();
  };
  const [wallet, other] = [
    [null, 200, false],
    ['Other', 1_000, false],
  ];

  expect(await agesOf()).toEqual([[null, 0, false], other, ['Used', 1_000, false]]);
  await app.flagship.putTransferState({ ...transfer, body: { status: 'settled', sequence: 1 } }).expect(200);
  expect(await agesOf()).toEqual([wallet, other, ['Used', 1_000, true]]);
  app.clock.advance(60_000);
  await link(as, { ...account, balance: eur(800), asOf: app.clock.now().toISOString() });
  expect(await agesOf()).toEqual([wallet, other, ['Used', 800, false]]);
});

test('is nobody else’s', async () => {
  await link(await createPerson(app, { wallet: 10 }), {});

  expect((await spendable(await createPerson(app))).items).toEqual([]);
});
