import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createContext } from '../../../domain/financial/context.ts';
import { askLedger } from '../../../domain/financial/services/ledger.ts';
import { createMovementQueue } from '../../../domain/financial/services/movement-queue.ts';
import { createContribution } from '../../../domain/financial/services/movements.ts';
import { findLedgerFaults } from '../../../domain/financial/tests/ledger-check.ts';
import { Caller } from '../../../platform/caller.ts';
import { systemClock } from '../../../platform/clock.ts';
import { withClient } from '../../../platform/database-setup.ts';
import { median, runLoad } from '../load.ts';
import type { Scene } from '../scene.ts';
import { benchId } from '../world/ids.ts';

/** Ways to write: one row and nothing else, a movement in the service alone and in groups, a POST that does nothing and a movement. */
export type WriteWay = 'row' | 'alone' | 'together' | 'emptyPost' | 'post';
type Write = (turn: number) => Promise<unknown>;

const writers = 16;
const roundMs = 1_500;
/** Belongs to the first person. */
const hotPocket = benchId('pocket', 1);

/** Writes a second of 16 writers who all write to one account, the median of the rounds; the ways take turns. */
export async function measureMovements(
  scene: Scene,
  rounds: number,
  say: (line: string) => void,
): Promise<Record<WriteWay, number>> {
  await prepare(scene.financial.ownerUrl);
  const rows = new pg.Pool({ connectionString: scene.financial.ownerUrl, max: writers });
  const { ctx, resources } = createContext('bench', { databaseUrl: scene.financial.processUrl, logLevel: 'warn' }, systemClock); // prettier-ignore
  try {
    const ways = { ...planCalls(ctx, rows), ...planPosts(scene) };
    const names = Object.keys(ways) as WriteWay[];
    const rates = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<WriteWay, number[]>;
    for (let round = 0; round <= rounds; round += 1) {
      for (const name of names) {
        const { perSecond } = await runLoad({ clients: writers, times: Infinity, longestMs: roundMs }, async (turn) => {
          await ways[name](turn);
        });
        if (round > 0) rates[name].push(perSecond); // the first round warms up
      }
    }
    const faults = await findLedgerFaults(rows);
    if (faults.length > 0) throw new Error(`the books are wrong after the load: ${faults.slice(0, 5).join('; ')}`);
    say(`writes/s: ${names.map((name) => `${name} ${median(rates[name]).toFixed(0)}`).join(', ')}`);
    return Object.fromEntries(names.map((name) => [name, median(rates[name])])) as Record<WriteWay, number>;
  } finally {
    await Promise.all([rows.end(), ...resources.map((resource) => resource.close())]);
  }
}

/** A row to be updated, and the people who save in the hot pocket together. */
async function prepare(url: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(`
      CREATE TABLE IF NOT EXISTS bench_row (id integer PRIMARY KEY, n bigint NOT NULL) WITH (fillfactor = 70);
      INSERT INTO bench_row VALUES (1, 0) ON CONFLICT DO NOTHING`);
    await client.query(
      `INSERT INTO pocket_member (pocket_id, member_id, role, joined_at)
       SELECT $1, id, 'contributor', now() FROM unnest($2::uuid[]) id ON CONFLICT DO NOTHING`,
      [hotPocket, Array.from({ length: writers - 1 }, (_, n) => benchId('person', n + 2))],
    );
  });
}

function personOf(turn: number): string {
  return benchId('person', 1 + (turn % writers));
}

function planCalls(
  ctx: ReturnType<typeof createContext>['ctx'],
  rows: pg.Pool,
): Record<'row' | 'alone' | 'together', Write> {
  const queue = createMovementQueue(ctx);
  const movement = () => ({ key: randomUUID(), pocketId: hotPocket, amountMinor: 1, currency: 'EUR' });
  const updateRow = { name: 'row', text: 'UPDATE bench_row SET n = n + 1 WHERE id = 1' };
  return {
    row: () => rows.query(updateRow),
    alone: (turn) => {
      const request = { ownerId: personOf(turn), hash: '', ...movement(), source: 'person', at: systemClock.now() };
      return askLedger(ctx.db, 'contribute_to_pocket', request);
    },
    together: (turn) => createContribution({ ...ctx, queue }, Caller.member('bench', personOf(turn)), movement()),
  };
}

/** The same operation with and without the key that it needs: without, it is refused when everything but the work is done. */
function planPosts({ servers, asService }: Scene): Record<'emptyPost' | 'post', Write> {
  const path = `/v1/pockets/${hotPocket}/contributions`;
  const body = JSON.stringify({ amount: { amountMinor: 1, currency: 'EUR' } });
  const post = async (turn: number, headers: Record<string, string>, status: number) => {
    const token = await asService('financial', personOf(turn));
    return servers.financial.post(path, { ...token, ...headers }, { body, status });
  };
  return {
    emptyPost: (turn) => post(turn, {}, 400),
    post: (turn) => post(turn, { 'idempotency-key': randomUUID() }, 201),
  };
}
