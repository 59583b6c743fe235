import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPerson, createPocket, eur, startFinancialApp, withKey } from './financial-app.ts';
import type { FinancialApp } from './financial-app.ts';
import { findLedgerFaults } from './ledger-check.ts';

let app: FinancialApp;
beforeAll(async () => {
  app = await startFinancialApp();
  const as = await createPerson(app, { wallet: 1_000 });
  const path = { pocketId: (await createPocket(app, as)).id };
  await app.client.createContribution({ as, path, headers: withKey(), body: { amount: eur(400) } }).expect(201);
});
afterAll(() => app.stop());

const ledgerTables = [
  'ledger_entry',
  'ledger_transaction',
  'ledger_account',
  'pocket_month',
  'transfer',
  'pocket',
  'idempotency',
];

describe('the role that the processes use', () => {
  test.each(ledgerTables)('can neither insert into, delete from nor empty %s', async (table) => {
    await expect(app.process.query(`insert into ${table} default values`)).rejects.toThrow(/permission denied/);
    await expect(app.process.query(`delete from ${table}`)).rejects.toThrow(/permission denied/);
    await expect(app.process.query(`truncate ${table}`)).rejects.toThrow(/permission denied/);
  });

  test.each([
    'update ledger_entry set amount_minor = 1',
    'update ledger_transaction set note = null',
    'update ledger_account set posted_minor = posted_minor + 1',
    'update pocket_month set net_minor = 0',
    'update pocket set closed_at = now()',
    'update pocket set owner_id = id',
    `update transfer set status = 'settled'`,
    'alter table ledger_entry disable trigger all',
    'drop trigger append_only on ledger_entry',
  ])('cannot %s', async (statement) => {
    await expect(app.process.query(statement)).rejects.toThrow(/permission denied|must be owner/);
  });

  test.each([
    `book_opening_balance('{}')`,
    `move_money('{}', 'x', 'contribution', null, null)`,
    `book('contribution', uuidv7(), 'person', null, now(), '{}', '{}')`,
    `ensure_account(uuidv7(), 'wallet', 'EUR')`,
    `keep_reply('{}', 'x', '{}')`,
    `ask_flagship(uuidv7())`,
    `adjusted_account(uuidv7(), 'wallet', null, 'EUR')`,
  ])('cannot call %s', async (call) => {
    await expect(app.process.query(`select ${call}`)).rejects.toThrow(/permission denied for function/);
  });
});

describe('even the owner of the tables', () => {
  test.each(['ledger_entry', 'ledger_transaction'])('cannot change, delete or empty %s', async (table) => {
    const column = table === 'ledger_entry' ? 'line = line + 1' : `note = 'edited'`;

    await expect(app.owner.query(`update ${table} set ${column}`)).rejects.toThrow(/append-only/);
    await expect(app.owner.query(`delete from ${table}`)).rejects.toThrow(/append-only/);
    await expect(app.owner.query(`truncate ${table} cascade`)).rejects.toThrow(/append-only/);
  });

  test('cannot delete an account or make it another one', async () => {
    await expect(app.owner.query('delete from ledger_account')).rejects.toThrow(/append-only/);
    await expect(app.owner.query(`update ledger_account set kind = 'suspense'`)).rejects.toThrow(/append-only/);
  });

  test('cannot change a kept balance without an entry', async () => {
    await expect(
      app.owner.query(`update ledger_account set posted_minor = posted_minor + 1 where kind = 'wallet'`),
    ).rejects.toThrow(/does not follow its entries/);
  });

  test('cannot open an account that holds money already', async () => {
    const insert = `insert into ledger_account (id, owner_id, holder_id, kind, currency, posted_minor) values ($1, $1, $1, 'wallet', 'EUR', 5)`;

    await expect(app.owner.query(insert, [randomUUID()])).rejects.toThrow(/does not follow its entries/);
  });

  test.each([
    ['a transaction without entries', `values (1)`],
    ['entries that do not sum to zero', insertEntries([5, -4])],
    ['a single entry', insertEntries([5])],
    ['entries that no account counts', insertEntries([5, -5])],
  ])('cannot commit %s', async (_what, entries) => {
    const client = await app.owner.connect();
    try {
      await client.query('begin');
      await client.query(
        `insert into ledger_transaction (id, kind, owner_id, source, booked_at) values (uuidv7(), 'contribution', uuidv7(), 'person', now())`,
      );

      const committed = client.query(entries).then(() => client.query('commit'));

      await expect(committed).rejects.toThrow(/does not sum to zero|does not count entry/);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });

  test('cannot add an entry to a transaction that stands', async () => {
    const addEntry = `insert into ledger_entry select transaction_id, 9, account_id, owner_id, currency, 7, 7, seq + 100 from ledger_entry limit 1`;

    await expect(app.owner.query(addEntry)).rejects.toThrow(/does not sum to zero/);
  });

  test.each([
    [
      'a wallet below zero',
      `update ledger_account set posted_minor = -1 where kind = 'wallet'`,
      /ledger_account_floor|ledger_account_reserve/,
    ],
    [
      'a pocket below zero',
      `update ledger_account set posted_minor = -1 where kind = 'pocket'`,
      /ledger_account_floor/,
    ],
    [
      'a reserve above the balance',
      `update ledger_account set reserved_minor = posted_minor + 1 where kind = 'wallet'`,
      /ledger_account_reserve/,
    ],
    [
      'a wallet above the limit',
      `update ledger_account set incoming_minor = 1000000000000 where kind = 'wallet'`,
      /ledger_account_limit/,
    ],
    [
      'a closed pocket with money',
      `update ledger_account set status = 'closed' where kind = 'pocket'`,
      /ledger_account_closed_empty/,
    ],
  ])('cannot have %s', async (_what, statement, constraint) => {
    await expect(app.owner.query(statement)).rejects.toThrow(constraint);
  });
});

test('books every movement as debits and credits that stay equal under load', async () => {
  const savers = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const as = await createPerson(app, { wallet: 500 });
      return { as, path: { pocketId: (await createPocket(app, as)).id } };
    }),
  );

  await Promise.all(
    savers.flatMap((saver) =>
      Array.from({ length: 25 }, (_, index) => {
        const operation = index % 3 === 0 ? 'createPocketWithdrawal' : 'createContribution';
        return app.client[operation]({ ...saver, headers: withKey(), body: { amount: eur(1 + (index % 7)) } });
      }),
    ),
  );

  expect(await findLedgerFaults(app.owner)).toEqual([]);
  const { rows } = await app.owner.query<{ sum: string }>(
    'select sum(posted_minor) from ledger_account group by currency',
  );
  expect(rows).toEqual([{ sum: '0' }]);
});

/** Entries of the newest transaction on existing accounts, numbered far beyond what the accounts count. */
function insertEntries(amounts: number[]): string {
  return `insert into ledger_entry (transaction_id, line, account_id, owner_id, currency, amount_minor, balance_after_minor, seq)
    select (select id from ledger_transaction order by id desc limit 1), line, account.id, account.owner_id, account.currency, amount, 0, 1000
    from unnest(array[${amounts.join(', ')}]) with ordinality as side (amount, line)
    join (select *, row_number() over (order by id) as place from ledger_account where kind in ('wallet', 'pocket')) account on place = line`;
}
