import type { Client } from 'pg';
import { sqlId } from './ids.ts';
import { saverOf, saverPockets } from './world.ts';
import type { World } from './world.ts';

type Step = [what: string, sql: string];

const openingMinor = 100_000_000;

/**
 * Wallets, pockets and a ledger of contributions. The ledger's functions book one transaction at a time; here all of them
 * are worked out at once, as those functions would have booked them one after another, and checked afterwards.
 */
export async function seedMoney(client: Client, world: World, say: (line: string) => void): Promise<void> {
  await client.query("SET work_mem = '128MB'");
  for (const [what, sql] of [...planBookings(world), ...planBooks()]) {
    await client.query(sql);
    say(`financial: ${what}`);
  }
}

/** Two temporary tables: `holder`, the accounts to be; and `booking`, in the order in which money moves. */
function planBookings(world: World): Step[] {
  const { people, pocketsEach, contributionsEach, fewEntries, manyEntries } = world;
  const saver = String(saverOf(world));
  const { few, many } = saverPockets(world);
  const everybody = `generate_series(1, ${saver}) n`;
  const pocket = `(n - 1) * ${String(pocketsEach)} + k`;
  const paidInto = `(n - 1) * ${String(pocketsEach)} + 1 + k % ${String(pocketsEach)}`;
  return [
    [
      'accounts planned',
      `CREATE TEMP TABLE holder AS
       SELECT ${sqlId('clearing', '1')} AS id, house() AS owner, house() AS holder, 'clearing' AS kind
       UNION ALL SELECT ${sqlId('wallet', 'n')}, ${sqlId('person', 'n')}, ${sqlId('person', 'n')}, 'wallet' FROM ${everybody}
       UNION ALL SELECT ${sqlId('pocket', pocket)}, ${sqlId('person', 'n')}, ${sqlId('pocket', pocket)}, 'pocket'
         FROM generate_series(1, ${String(people)}) n, generate_series(1, ${String(pocketsEach)}) k
       UNION ALL SELECT ${sqlId('pocket', 'p')}, ${sqlId('person', saver)}, ${sqlId('pocket', 'p')}, 'pocket'
         FROM unnest(ARRAY[${String(few)}, ${String(many)}]) p`,
    ],
    [
      'movements planned',
      `CREATE TEMP TABLE booking AS
       SELECT row_number() OVER (ORDER BY at, taker) AS n, planned.* FROM (
         SELECT 'opening_balance' AS kind, ${sqlId('person', 'n')} AS owner, ${sqlId('clearing', '1')} AS giver,
           ${sqlId('wallet', 'n')} AS taker, ${String(openingMinor)}::bigint AS amount, now() - interval '200 days' AS at
         FROM ${everybody}
         UNION ALL
         SELECT 'contribution', ${sqlId('person', 'n')}, ${sqlId('wallet', 'n')}, ${sqlId('pocket', paidInto)},
           100 + (n * 37 + k * 101) % 20000, now() - interval '190 days' + k * interval '7 days' + n * interval '1 second'
         FROM generate_series(1, ${String(people)}) n, generate_series(1, ${String(contributionsEach)}) k
         UNION ALL
         SELECT 'contribution', ${sqlId('person', saver)}, ${sqlId('wallet', saver)}, ${sqlId('pocket', 'p')}, 10,
           now() - interval '190 days' + k * interval '10 seconds'
         FROM (VALUES (${String(few)}, ${String(fewEntries)}), (${String(many)}, ${String(manyEntries)})) saved (p, entries),
           generate_series(1, entries) k
       ) planned`,
    ],
  ];
}

function planBooks(): Step[] {
  const transaction = sqlId('ledgerTransaction', 'n');
  return [
    [
      'transactions',
      `INSERT INTO ledger_transaction (id, kind, owner_id, source, booked_at)
       SELECT ${transaction}, kind, owner, 'seed', at FROM booking`,
    ],
    [
      'entries',
      `INSERT INTO ledger_entry (transaction_id, line, account_id, owner_id, currency, amount_minor, balance_after_minor, seq)
       SELECT ${transaction}, line, account, holder.owner, 'EUR', amount,
         sum(amount) OVER by_account, row_number() OVER by_account
       FROM (
         SELECT n, 1 AS line, giver AS account, -amount AS amount FROM booking
         UNION ALL SELECT n, 2, taker, amount FROM booking
       ) side JOIN holder ON holder.id = side.account
       WINDOW by_account AS (PARTITION BY account ORDER BY n)`,
    ],
    [
      'accounts with their balances',
      `INSERT INTO ledger_account (id, owner_id, holder_id, kind, currency, posted_minor, entry_count)
       SELECT h.id, h.owner, h.holder, h.kind, 'EUR', coalesce(sum(e.amount_minor), 0), count(e.seq)
       FROM holder h LEFT JOIN ledger_entry e ON e.account_id = h.id GROUP BY h.id, h.owner, h.holder, h.kind`,
    ],
    [
      'pockets with their months and members',
      `INSERT INTO pocket (id, owner_id, name, emoji, currency, target_minor, target_date, monthly_minor, created_at, updated_at)
       SELECT id, owner, 'Pocket ' || right(id::text, 6), '🏕️', 'EUR', 500000, current_date + 400,
         CASE WHEN right(id::text, 1) < '8' THEN 5000 END, now() - interval '195 days', now()
       FROM holder WHERE kind = 'pocket';
       INSERT INTO pocket_month (pocket_id, month, owner_id, net_minor)
       SELECT taker, date_trunc('month', at AT TIME ZONE 'UTC')::date, owner, sum(amount)
       FROM booking WHERE kind = 'contribution' GROUP BY 1, 2, 3;
       INSERT INTO pocket_member (pocket_id, member_id, role, contributed_minor, withdrawn_minor, joined_at)
       SELECT h.id, h.owner, 'owner', a.posted_minor, 0, now() - interval '195 days'
       FROM holder h JOIN ledger_account a ON a.id = h.id WHERE h.kind = 'pocket'`,
    ],
    ['statistics', 'DROP TABLE booking, holder; ANALYZE'],
  ];
}
