import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findLedgerFaults } from './ledger-check.ts';
import { createDatabaseBefore } from './old-database.ts';

const firstWithMembers = '20261122170000';

let database: Awaited<ReturnType<typeof createDatabaseBefore>>;
beforeAll(async () => {
  database = await createDatabaseBefore(firstWithMembers);
});
afterAll(() => database.drop());

test('gives every pocket that was there its owner as the one member, with what they have moved', async () => {
  const { sql } = database;
  const ownerId = randomUUID();
  const base = { ownerId, currency: 'EUR', source: 'person', at: new Date('2026-10-01T12:00:00Z') };
  const call = async (name: string, request: object) => (await database.call(name, { ...base, ...request })).id;
  const keyed = { key: 'a key', hash: 'a hash' };
  await call('book_opening_balance', { amountMinor: 1_000 });
  const pocketId = await call('open_pocket', { ...keyed, name: 'Trip', visibility: 'private', openingMinor: 100 });
  const other = await call('open_pocket', { name: 'Other', visibility: 'private' });
  const undone = await call('contribute_to_pocket', { pocketId, amountMinor: 30 });
  await call('reverse_movement', { movementId: undone });
  const taken = await call('withdraw_from_pocket', { pocketId, amountMinor: 60 });
  await call('reverse_movement', { movementId: taken });
  await call('transfer_between_pockets', { pocketId, toPocketId: other, amountMinor: 40 });

  await database.migrate();

  const { rows } = await sql.query(
    `select pocket_id as id, member_id, role, contributed_minor::int as put, withdrawn_minor::int as taken from pocket_member
     order by put desc`,
  );
  expect(rows).toEqual([
    { id: pocketId, member_id: ownerId, role: 'owner', put: 100, taken: 40 },
    { id: other, member_id: ownerId, role: 'owner', put: 40, taken: 0 },
  ]);
  expect(await findLedgerFaults(sql)).toEqual([]);
  const { rows: kept } = await sql.query(`select body ->> 'viewerRole' as role from idempotency`);
  expect(kept).toEqual([{ role: 'owner' }]);
});
