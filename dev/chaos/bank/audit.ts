import type pg from 'pg';
import { findLedgerFaults } from '../../../domain/financial/tests/ledger-check.ts';
import type { Figure } from '../scenario.ts';
import type { Journal } from './journal.ts';
import type { Move } from './moves.ts';
import { accountsOf, openingMinor } from './savers.ts';
import type { Saver } from './savers.ts';

/** What the books say that the callers were not told, and the other way round; all of it empty when money was preserved. */
export interface Audit {
  /** Acknowledged, and not in the books as it was asked for. */
  lost: string[];
  /** Movements without both entries or their kept reply, and replies without their movement. */
  halfWritten: string[];
  /** In the books, and nobody asked for it. */
  uncalledFor: string[];
  /** Accounts that hold another sum than their opening and what was moved. */
  drift: string[];
  /** What `findLedgerFaults` finds. */
  faults: string[];
}

interface Booked {
  id: string;
  /** Of the kept reply; null when there is none. */
  key: string | null;
  fromId: string;
  toId: string;
  amountMinor: number;
  entries: number;
}

/** Compares the journal with the books. */
export async function auditJournal(sql: pg.Pool, savers: Saver[], journal: Journal): Promise<Audit> {
  const owners = savers.map(({ id }) => id);
  const booked = await readBooked(sql, owners);
  const known = new Set(booked.map(({ id }) => id));
  const wantedOf = ({ id, key }: Booked) => journal.acknowledged.get(id) ?? journal.abandoned.get(key ?? '');
  const missing = [...journal.acknowledged].filter(([id]) => !known.has(id)).map(([id]) => id);
  const other = booked.filter((row) => { const move = wantedOf(row); return move !== undefined && !isSame(row, move); }); // prettier-ignore
  const happened = booked.flatMap((row) => wantedOf(row) ?? []);
  return {
    lost: [...missing, ...other.map(({ id }) => `${id} is another movement`)],
    halfWritten: [
      ...booked.filter(({ key, entries }) => key === null || entries !== 2).map(({ id }) => id),
      ...(await readRepliesAlone(sql, owners)),
    ],
    uncalledFor: booked.filter((row) => wantedOf(row) === undefined).map(({ id }) => id),
    drift: await findDrift(sql, savers, happened),
    faults: await findLedgerFaults(sql),
  };
}

/** The audit as figures that must all be 0. */
export function auditFigures(audit: Audit): Figure[] {
  const zero = (what: string, found: string[]): Figure => ({ what, value: found.length, must: { be: 0 }, examples: found }); // prettier-ignore
  return [
    zero('acknowledged and lost', audit.lost),
    zero('half-written', audit.halfWritten),
    zero('booked and never asked for', audit.uncalledFor),
    zero('accounts that drifted', audit.drift),
    zero('faults in the books', audit.faults),
  ];
}

async function readBooked(sql: pg.Pool, owners: string[]): Promise<Booked[]> {
  const { rows } = await sql.query<Booked>(
    `select t.id, max(reply.key) as key, count(distinct e.line)::int as entries,
       max(e.account_id::text) filter (where e.amount_minor < 0) as "fromId",
       max(e.account_id::text) filter (where e.amount_minor > 0) as "toId",
       max(e.amount_minor)::int as "amountMinor"
     from ledger_transaction t
       left join ledger_entry e on e.transaction_id = t.id
       left join idempotency reply on reply.owner_id = t.owner_id and reply.body ->> 'id' = t.id::text
     where t.owner_id = any($1) and t.kind not in ('opening', 'opening_balance')
     group by t.id`,
    [owners],
  );
  return rows;
}

async function readRepliesAlone(sql: pg.Pool, owners: string[]): Promise<string[]> {
  const { rows } = await sql.query<{ key: string }>(
    `select key from idempotency reply where owner_id = any($1) and operation <> 'createPocket'
     and not exists (select from ledger_transaction where id = (reply.body ->> 'id')::uuid)`,
    [owners],
  );
  return rows.map(({ key }) => `the reply of ${key} has no movement`);
}

async function findDrift(sql: pg.Pool, savers: Saver[], happened: Move[]): Promise<string[]> {
  const wanted = new Map(savers.flatMap(accountsOf).map((id) => [id, openingMinor]));
  const add = (id: string, amountMinor: number) => wanted.set(id, (wanted.get(id) ?? 0) + amountMinor);
  for (const { fromId, toId, amountMinor } of happened) {
    add(fromId, -amountMinor);
    add(toId, amountMinor);
  }
  const { rows } = await sql.query<{ id: string; held: number }>(
    'select id, posted_minor::int as held from ledger_account where id = any($1)',
    [[...wanted.keys()]],
  );
  return rows
    .filter(({ id, held }) => held !== wanted.get(id))
    .map(({ id, held }) => `${id} holds ${String(held)} instead of ${String(wanted.get(id))}`);
}

function isSame(booked: Booked, { fromId, toId, amountMinor }: Move): boolean {
  return booked.fromId === fromId && booked.toId === toId && booked.amountMinor === amountMinor;
}
