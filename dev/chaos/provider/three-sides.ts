import type { ChaosContext } from '../scenario.ts';
import { findRecorded } from './sandbox.ts';

export interface Compared {
  /** Transfers of which provider, flagship and ledger do not say the same, or that moved another sum than they say. */
  apart: string[];
  /** Transfers that the provider was asked for more than once. */
  askedTwice: string[];
  /** How many there are of each state. */
  states: Map<string, number>;
}

interface InLedger {
  id: string;
  status: string;
  wanted: number;
  moved: number;
}

/** Holds ledger, flagship and provider against each other, transfer by transfer. */
export async function compareSides(ctx: ChaosContext, ids: string[]): Promise<Compared> {
  const compared: Compared = { apart: [], askedTwice: [], states: new Map() };
  const flagship = await readFlagship(ctx, ids);
  for (const { id, status, wanted, moved } of await readLedger(ctx, ids)) {
    const recorded = await findRecorded(ctx, id);
    // What never reached the provider has failed here.
    const atProvider = recorded?.status ?? 'failed';
    const isRight =
      status === flagship.get(id) && status === atProvider && moved === (status === 'settled' ? wanted : 0);
    if (!isRight) {
      const says = `ledger ${status} ${String(moved)}, flagship ${String(flagship.get(id))}, provider ${atProvider}`;
      compared.apart.push(`${id}: ${says}`);
    }
    if ((recorded?.createCalls ?? 0) > 1) compared.askedTwice.push(`${id}: ${String(recorded?.createCalls)} times`);
    compared.states.set(status, (compared.states.get(status) ?? 0) + 1);
  }
  return compared;
}

/** How many of the transfers are not final. */
export async function countOpen(ctx: ChaosContext, ids: string[]): Promise<number> {
  const { rows } = await ctx
    .sql('financial')
    .query<{ open: number }>(
      `select count(*)::int as open from transfer where id = any($1) and status not in ('settled', 'failed', 'cancelled', 'returned')`,
      [ids],
    );
  return rows[0]?.open ?? 0;
}

async function readLedger(ctx: ChaosContext, ids: string[]): Promise<InLedger[]> {
  const { rows } = await ctx.sql('financial').query<InLedger>(
    `select id, status, (case direction when 'deposit' then amount_minor else -amount_minor end)::float8 as wanted,
       moved_minor::float8 as moved
     from transfer_in_ledger where id = any($1)`,
    [ids],
  );
  return rows;
}

async function readFlagship(ctx: ChaosContext, ids: string[]): Promise<Map<string, string>> {
  const { rows } = await ctx
    .sql('flagship')
    .query<{ id: string; status: string }>('select id, status from transfer where id = any($1)', [ids]);
  return new Map(rows.map(({ id, status }) => [id, status]));
}
