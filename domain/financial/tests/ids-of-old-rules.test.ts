import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabaseBefore } from './old-database.ts';

const firstWithSmallIds = '20261123080100';
const at = new Date('2026-11-22T09:30:00Z');

let database: Awaited<ReturnType<typeof createDatabaseBefore>>;
beforeAll(async () => {
  database = await createDatabaseBefore(firstWithSmallIds);
});
afterAll(() => database.drop());

async function settingsOf(ruleId: string) {
  const { rows } = await database.sql.query<{ settings: object; caps: object; version: number }>(
    'select settings, caps, version from rule where id = $1',
    [ruleId],
  );
  return rows[0];
}

test('writes the ids in small letters, once each, and a run that could not be booked is', async () => {
  const ownerId = randomUUID();
  const [accountId, otherAccountId] = [randomUUID(), randomUUID()];
  const base = { ownerId, currency: 'EUR', source: 'person', at };
  const call = async (name: string, request: object) => (await database.call(name, { ...base, ...request })).id;
  await call('book_opening_balance', { amountMinor: 1_000 });
  const pocketId = await call('open_pocket', { name: 'Trip', visibility: 'private' });
  const other = await call('open_pocket', { name: 'Other', visibility: 'private' });
  await database.sql.query('insert into bank_connection (owner_id, id, version) values ($1, $1, 1)', [ownerId]);
  await database.sql.query(
    `insert into bank_account (owner_id, id, connection_id, institution_name, name, mask, kind, currency, as_of, status)
     select $1, id, $1, '', '', '', 'current', 'EUR', now(), 'active' from unnest($2::uuid[]) id`,
    [ownerId, [accountId, otherAccountId]],
  );
  const create = (kind: string, settings: object, caps = {}) =>
    call('create_rule', { pocketId, kind, settings, caps, timeZone: 'UTC', priority: 50 });
  const [POCKET, ACCOUNT] = [pocketId.toUpperCase(), accountId.toUpperCase()];
  const parts = [
    { pocketId: other, percent: 5 },
    { pocketId, percent: 10 },
    { pocketId: POCKET, percent: 20 },
  ];
  const split = await create('split', { parts, accountIds: [otherAccountId, accountId, ACCOUNT] });
  const waterfall = await create('waterfall', { pocketIds: [POCKET, other, pocketId], percent: 100 });
  const small = { minRemainingMinor: 0, minRemainingAccountId: ACCOUNT };
  const roundUp = await create('round_up', { multiplier: 1, toMinor: 100 }, small);
  const untouched = await create('percent_of_income', { percent: 1, accountIds: [otherAccountId, accountId] });
  const news = {
    id: randomUUID(),
    accountId,
    amountMinor: 100,
    currency: 'EUR',
    kind: 'income',
    bookedOn: '2026-11-22',
  };
  await database.sql.query('select note_bank_transactions($1)', [
    JSON.stringify({ personId: ownerId, transactions: [news], at }),
  ]);

  await database.migrate();

  expect(await settingsOf(split)).toEqual({
    settings: {
      parts: [
        { pocketId: other, percent: 5 },
        { pocketId, percent: 30 },
      ],
      accountIds: [otherAccountId, accountId],
    },
    caps: {},
    version: 2,
  });
  expect(await settingsOf(waterfall)).toMatchObject({ settings: { pocketIds: [pocketId, other], percent: 100 } });
  expect(await settingsOf(roundUp)).toMatchObject({ caps: { minRemainingMinor: 0, minRemainingAccountId: accountId } });
  expect(await settingsOf(untouched)).toMatchObject({
    settings: { percent: 1, accountIds: [otherAccountId, accountId] },
    version: 1,
  });
  const run = await database.call('run_next_rule', { personId: ownerId, at });
  expect(run).toMatchObject({ ruleId: split, status: 'booked', amountMinor: 35 });
});
