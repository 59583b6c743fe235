import { setTimeout as delay } from 'node:timers/promises';
import { findLedgerFaults } from '../../domain/financial/tests/ledger-check.ts';
import { crash } from './crash.ts';
import { openCustomers, startTransfer } from './provider/customers.ts';
import { setFaults } from './provider/sandbox.ts';
import { compareSides, countOpen } from './provider/three-sides.ts';
import type { ChaosContext, Figure, Scenario } from './scenario.ts';
import { runWorkers } from './workers.ts';

/** R5: a provider that fails three times in ten, while every process that deals with transfers is killed in turn. */
export const transfersEnd: Scenario = {
  name: 'R5',
  promise: 'every transfer ends',
  run,
};

const faults = { errorRate: 0.25, hangRate: 0.05, dropWebhooks: 0.3, duplicateWebhooks: 1, shuffleWebhooks: true };
const killed = ['flagship', 'financial-worker', 'flagship-worker', 'financial'];
const longestMs = 60_000;
const givenUpMs = 180_000;

async function run(ctx: ChaosContext): Promise<Figure[]> {
  const wanted = ctx.scale(500, 10_000);
  const kills = ctx.scale(8, 80);
  const customers = await openCustomers(ctx, 10);
  await setFaults(ctx, faults);
  const ids: string[] = [];
  let planned = 0;
  const load = runWorkers(8, () => planned < wanted, async () => {
    planned += 1;
    const direction = ctx.random.below(2) === 0 ? 'deposit' : 'withdrawal';
    const transfer = { direction, amountMinor: 1 + ctx.random.below(500), key: `transfer ${String(planned)}` } as const;
    ids.push(await startTransfer(ctx, ctx.random.pick(customers), transfer));
  }); // prettier-ignore
  for (let kill = 0; kill < kills; kill += 1) {
    await delay(1_000 + ctx.random.below(2_000));
    await crash(ctx.stack, killed[kill % killed.length] ?? '');
  }
  await load;
  const openAtEnd = await countOpen(ctx, ids);

  await setFaults(ctx, {});
  const endedMs = await untilFinal(ctx, ids);
  const { apart, askedTwice, states } = await compareSides(ctx, ids);
  const wrong = await findLedgerFaults(ctx.sql('financial'));
  return [
    { what: 'transfers', value: ids.length, must: { be: wanted } },
    { what: 'kills', value: kills },
    { what: 'not final when the faults stopped', value: openAtEnd, must: { atLeast: 1 } },
    { what: 'all final after', value: endedMs, unit: 'ms', must: { atMost: longestMs } },
    ...[...states].map(([status, value]) => ({ what: `ended as ${status}`, value })),
    { what: 'provider, flagship and ledger apart', value: apart.length, must: { be: 0 }, examples: apart },
    { what: 'intents the provider was called twice for', value: askedTwice.length, must: { be: 0 }, examples: askedTwice },
    { what: 'faults in the books', value: wrong.length, must: { be: 0 }, examples: wrong },
  ]; // prettier-ignore
}

/** Milliseconds until none is open; infinite when that does not come. */
async function untilFinal(ctx: ChaosContext, ids: string[]): Promise<number> {
  const begun = performance.now();
  while (performance.now() - begun < givenUpMs) {
    if ((await countOpen(ctx, ids)) === 0) return performance.now() - begun;
    await delay(250);
  }
  return Number.POSITIVE_INFINITY;
}
