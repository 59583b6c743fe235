import { randomBytes, randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { databaseUrl, setUpDatabase, withClient } from '#platform/database-setup';
import { deployMigrations } from '#platform/migrations';
import { testServers } from '#platform/testing/servers';
import { findLedgerFaults } from './ledger-check.ts';

const firstWithMembers = '20261122170000';
const { adminUrl } = testServers();
const name = `scratch_financial_${randomBytes(4).toString('hex')}`;
const before = mkdtempSync(path.join(tmpdir(), 'clync-migrations-'));
let ownerUrl: string;
let sql: pg.Pool;

/** A database as it was before pockets had members, with the migrations that it had. */
beforeAll(async () => {
  cpSync('prisma/financial', path.join(before, 'financial'), { recursive: true });
  const migrations = path.join(before, 'financial', 'migrations');
  for (const entry of readdirSync(migrations)) {
    if (entry >= firstWithMembers && /^\d/.test(entry)) rmSync(path.join(migrations, entry), { recursive: true });
  }
  await setUpDatabase(adminUrl, name, ['financial']);
  const url = new URL(databaseUrl(adminUrl, name));
  url.searchParams.set('options', '-c role=financial_owner -c search_path=financial,public');
  ownerUrl = url.href;
  await deployMigrations({ owner: 'financial', ownerUrl }, before);
  sql = new pg.Pool({ connectionString: ownerUrl, max: 1 });
});
afterAll(async () => {
  await sql.end();
  await withClient(adminUrl, (client) => client.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`));
  rmSync(before, { recursive: true });
});

test('gives every pocket that was there its owner as the one member, with what they have moved', async () => {
  const ownerId = randomUUID();
  const base = { ownerId, currency: 'EUR', source: 'person', at: new Date('2026-10-01T12:00:00Z') };
  const call = async (fn: string, request: object) => {
    const { rows } = await sql.query<{ answer: { outcome: string; body: { id: string } } }>(`select ${fn}($1) as answer`, [
      JSON.stringify({ ...base, ...request }),
    ]); // prettier-ignore
    const answer = rows[0]?.answer;
    if (answer?.outcome !== 'done') throw new Error(`${fn} did not do it: ${JSON.stringify(answer)}`);
    return answer.body.id;
  };
  const keyed = { key: 'a key', hash: 'a hash' };
  await call('book_opening_balance', { amountMinor: 1_000 });
  const pocketId = await call('open_pocket', { ...keyed, name: 'Trip', visibility: 'private', openingMinor: 100 });
  const other = await call('open_pocket', { name: 'Other', visibility: 'private' });
  const undone = await call('contribute_to_pocket', { pocketId, amountMinor: 30 });
  await call('reverse_movement', { movementId: undone });
  const taken = await call('withdraw_from_pocket', { pocketId, amountMinor: 60 });
  await call('reverse_movement', { movementId: taken });
  await call('transfer_between_pockets', { pocketId, toPocketId: other, amountMinor: 40 });

  await deployMigrations({ owner: 'financial', ownerUrl });

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
