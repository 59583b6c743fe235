import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPerson, createPocket, deposit, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { savedPocket } from './steps.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp(new Date('2026-11-22T09:30:00Z'));
});
afterAll(() => app.stop());

type Person = { userId: string };
type Records = Record<string, Record<string, unknown>[]>;
const asService = { service: true } as const;
const sections = ['pockets', 'movements', 'wallets', 'entries', 'transfers', 'rules', 'ruleRuns', 'covers', 'approvals', 'invitations', 'guardianships', 'challenges', 'preferences']; // prettier-ignore

/** Reads every page, as social does; `between` runs after each one. */
async function exportOf(path: Person, limit: number, between: () => Promise<unknown> = () => Promise.resolve()) {
  const records: Records = Object.fromEntries(sections.map((section) => [section, []]));
  const order: string[] = [];
  let counts: unknown;
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit, ...(cursor !== null && { cursor }) };
    const { body } = await app.social.exportPerson({ as: asService, path, query }).expect(200);
    records[body.section]?.push(...body.items);
    if (order.at(-1) !== body.section) order.push(body.section);
    if (cursor === null) counts = body.counts;
    else expect(body.counts).toBeNull();
    cursor = body.nextCursor;
    await between();
  } while (cursor !== null);
  return { records, order, counts };
}

function countsOf(records: Records) {
  return Object.fromEntries(Object.entries(records).map(([section, items]) => [section, items.length]));
}

/** A person with two pockets in euros and one in yen, 9 movements and 2 deposits. */
async function createSaver() {
  const as = await createPerson(app);
  const { id: depositId } = await deposit(app, as, 5_000);
  await deposit(app, as, 100);
  const path = { pocketId: (await createPocket(app, as, { name: '=Trip', target: eur(9_000) })).id };
  const other = await createPocket(app, as, { name: 'Other' });
  await createPocket(app, as, { name: 'Tokyo', currency: 'JPY' });
  await app.client.putPreferences({ as, body: { timeZone: 'Asia/Tokyo' } }).expect(200);
  for (let sum = 1; sum <= 8; sum += 1) {
    const body = { amount: eur(sum), note: `No ${String(sum)}` };
    await app.client.createContribution({ as, path, headers: withKey(), body }).expect(201);
  }
  const body = { toPocketId: other.id, amount: eur(20) };
  await app.client.createPocketTransfer({ as, path, headers: withKey(), body }).expect(201);
  return { as, path, other, depositId };
}

test('holds everything, section by section, with counts that are right', async () => {
  const { as, path, other, depositId } = await createSaver();

  const { records, order, counts } = await exportOf(as, 500);

  expect(order).toEqual(sections);
  expect(counts).toEqual(countsOf(records));
  expect(counts).toEqual({ pockets: 3, movements: 10, wallets: 1, entries: 20, transfers: 2, rules: 0, ruleRuns: 0, covers: 0, approvals: 0, invitations: 0, guardianships: 0, challenges: 0, preferences: 1 }); // prettier-ignore
  expect(records['pockets']?.[0]).toEqual({
    id: path.pocketId,
    name: '=Trip',
    emoji: null,
    imageUrl: null,
    currency: 'EUR',
    balanceMinor: 16,
    targetMinor: 9_000,
    targetDate: null,
    monthlyMinor: null,
    role: 'owner',
    contributedMinor: 36,
    withdrawnMinor: 20,
    sharedWith: null,
    sharesAmount: false,
    createdAt: '2026-11-22T09:30:00.000Z',
    closedAt: null,
  });
  const moved = records['movements']?.filter(({ pocketId }) => pocketId === path.pocketId);
  expect(moved?.map(({ kind, amountMinor }) => [kind, amountMinor])).toEqual([
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((sum) => ['contribution', sum]),
    ['transfer', -20],
  ]);
  expect(moved?.at(-1)).toMatchObject({ otherPocketId: other.id, balanceAfterMinor: 16, currency: 'EUR', note: null });
  expect(records['wallets']).toMatchObject([{ kind: 'wallet', currency: 'EUR', balanceMinor: 5_064 }]);
  expect(records['transfers']?.[0]).toMatchObject({ id: depositId, direction: 'deposit', status: 'settled' });
  expect(records['preferences']).toEqual([{ timeZone: 'Asia/Tokyo', updatedAt: '2026-11-22T09:30:00.000Z' }]);
  const bookedSum = records['entries']?.reduce((sum, { amountMinor }) => sum + Number(amountMinor), 0);
  expect(bookedSum).toBe(5_100);
});

test('gives each record once, whatever the size of the pages', async () => {
  const { as } = await createSaver();
  const { records: whole } = await exportOf(as, 500);

  for (const limit of [1, 2, 3, 10, 20]) {
    const { records, order } = await exportOf(as, limit);
    expect(order).toEqual(sections);
    expect(records).toEqual(whole);
  }
});

test('gives each record once while others are added between the pages', async () => {
  const { as, path } = await createSaver();
  const { records: before } = await exportOf(as, 500);
  const body = { amount: eur(1) };

  const { records } = await exportOf(as, 2, () =>
    app.client.createContribution({ as, path, headers: withKey(), body }).expect(201),
  );

  const keysOf = (of: Records) =>
    (of['entries'] ?? []).map(({ transactionId, accountId }) => `${String(transactionId)} ${String(accountId)}`);
  const keys = keysOf(records);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys).toEqual(expect.arrayContaining(keysOf(before)));
});

test('is empty for a person without money, and holds nobody else’s', async () => {
  await savedPocket(app, 300);
  const { records, order, counts } = await exportOf(await createPerson(app), 500);

  expect(order).toEqual(sections);
  expect(records).toEqual(Object.fromEntries(sections.map((section) => [section, []])));
  expect(counts).toEqual(Object.fromEntries(sections.map((section) => [section, 0])));
});

test('is flat and ready for a table', async () => {
  const { as } = await createSaver();

  const { records } = await exportOf(as, 500);

  const values = Object.values(records).flat().flatMap((record) => Object.values(record)); // prettier-ignore
  expect(values.filter((value) => typeof value === 'object' && value !== null)).toEqual([]);
});

test('refuses what is no cursor of it, too much, and whoever is not social', async () => {
  const path = await createPerson(app);
  const ask = (query: object) => app.social.exportPerson({ as: asService, path, query });

  for (const cursor of [
    'x',
    'bm90IGEgY3Vyc29y',
    Buffer.from('{"section":"secrets","id":"x","seq":0}').toString('base64url'),
  ]) {
    expect((await ask({ cursor }).expect(400)).body).toMatchObject({ code: 'invalid_cursor' });
  }
  await ask({ limit: 501 }).expect(400);
  await ask({ limit: 0 }).expect(400);
  await app.flagship.exportPerson({ as: asService, path }).expect(403);
  await app.client.exportPerson({ as: path, path }).expect(403);
  await app.client.exportPerson({ as: { staffId: 'x' }, path }).expect(403);
});
