import { setTimeout as delay } from 'node:timers/promises';
import { openCustomers } from './provider/customers.ts';
import type { Customer } from './provider/customers.ts';
import { setFaults } from './provider/sandbox.ts';
import { registerSomebody } from './register.ts';
import type { ChaosContext, Figure, Scenario } from './scenario.ts';
import { runWorkers } from './workers.ts';

/** R7: the provider refuses, hangs and is slow, while people look at their screens and ask for news of their banks. */
export const outageStaysThere: Scenario = {
  name: 'R7',
  promise: 'a provider outage stays there',
  run,
};

interface Outage {
  name: string;
  begin(): Promise<void>;
  end(): Promise<void>;
}

/** What people saw of a time. */
interface Seen {
  name: string;
  others: number[];
  balances: number[];
  /** Balances that were not there, or did not say how old they are. */
  ageless: string[];
  /** Calls that reached the provider. */
  calls: number;
}

const people = 4;
const syncEveryMs = 250;
const recoveredMs = 10_000;

async function run(ctx: ChaosContext): Promise<Figure[]> {
  const ids: string[] = [];
  for (let each = 0; each < people; each += 1) ids.push(await registerSomebody(ctx));
  const customers = await openCustomers(ctx, people, ids);
  const lastingMs = ctx.scale(8_000, 120_000);
  await look(ctx, customers, 'warming up', 3_000);
  let before = await look(ctx, customers, 'calm', lastingMs);
  const figures: Figure[] = [{ what: 'calm: p99 of the feed', value: p99(before.others), unit: 'ms' }];
  for (const outage of outagesOf(ctx)) {
    ctx.say(`the provider ${outage.name}`);
    await outage.begin();
    const seen = await look(ctx, customers, outage.name, lastingMs).finally(() => outage.end());
    const backMs = await untilSynced(ctx, customers);
    const after = await look(ctx, customers, 'calm', lastingMs);
    figures.push(...figuresOf(seen, { before, after }, backMs));
    before = after;
  }
  return figures;
}

function outagesOf(ctx: ChaosContext): Outage[] {
  const sandbox = ctx.stack.process('flagship-sandbox');
  const faulty = (name: string, faults: object): Outage => ({
    name,
    begin: () => setFaults(ctx, faults),
    end: () => setFaults(ctx, {}),
  });
  return [
    {
      name: 'refuses',
      begin: async () => {
        await sandbox.kill('SIGKILL', { keepDown: true });
      },
      end: async () => {
        await sandbox.start();
      },
    },
    faulty('hangs', { hangRate: 1 }),
    faulty('is slow', { latencyMs: 3_000 }),
    faulty('fails', { errorRate: 1 }),
  ];
}

/** The few slowest answers of some seconds differ between two calm times as well, by what else the machine does: both of those around count. */
function figuresOf(seen: Seen, { before, after }: { before: Seen; after: Seen }, backMs: number): Figure[] {
  const { name, others, balances, ageless, calls } = seen;
  const calmP99 = p99([...before.others, ...after.others]);
  const calmCalls = (before.calls + after.calls) / 2;
  return [
    { what: `${name}: p99 of the feed to that of the calm times around it`, value: p99(others) / calmP99, must: { atMost: 1.2 } },
    { what: `${name}: p99 of balances`, value: p99(balances), unit: 'ms', must: { atMost: 300 } },
    { what: `${name}: balances without their age`, value: ageless.length, must: { be: 0 }, examples: ageless },
    { what: `${name}: calls at the provider to those of calm times`, value: calls / calmCalls, must: { atMost: 1.1 } },
    { what: `${name}: back after`, value: backMs, unit: 'ms', must: { atMost: recoveredMs } },
  ]; // prettier-ignore
}

/** People look at screens one after another, and one asks for a sync now and then. */
async function look(ctx: ChaosContext, customers: Customer[], name: string, lastingMs: number): Promise<Seen> {
  const until = performance.now() + lastingMs;
  const seen: Seen = { name, others: [], balances: [], ageless: [], calls: 0 };
  const goesOn = () => performance.now() < until;
  const before = await countCalls(ctx);
  const syncing = runWorkers(1, goesOn, async () => {
    await askForSync(ctx, ctx.random.pick(customers));
    await delay(syncEveryMs);
  }); // prettier-ignore
  const looking = runWorkers(2, goesOn, async () => {
    const { id } = ctx.random.pick(customers);
    const door = ctx.door('bff-mobile');
    const others = await timed(() => door.send({ as: id, method: 'GET', path: '/v1/screens/feed' }));
    seen.others.push(others.ms);
    const { ms, answer } = await timed(() => ctx.door('flagship').send({ as: id, method: 'GET', path: '/v1/balances' }));
    seen.balances.push(ms);
    const items = answer.body['items'] as { asOf: string | null }[] | undefined;
    if (answer.status !== 200 || !items?.length || items.some(({ asOf }) => asOf === null)) seen.ageless.push(String(answer.status));
    await delay(20);
  }); // prettier-ignore
  await Promise.all([syncing, looking]);
  // The processes write down what they have seen a second later.
  await delay(1_500);
  seen.calls = (await countCalls(ctx)) - before;
  return seen;
}

function askForSync(ctx: ChaosContext, { id, connectionId }: Customer) {
  return ctx.door('flagship').send({ as: id, path: `/v1/connections/${connectionId}/sync` });
}

/** Milliseconds until news of a bank come in again. */
async function untilSynced(ctx: ChaosContext, [customer]: Customer[]): Promise<number> {
  if (!customer) throw new Error('nobody is there');
  const begun = performance.now();
  const { rows } = await ctx.sql('flagship').query<{ now: Date }>('select now() as now');
  while (performance.now() - begun < 6 * recoveredMs) {
    await askForSync(ctx, customer);
    const { rows: synced } = await ctx
      .sql('flagship')
      .query('select from connection where id = $1 and last_success_at > $2', [customer.connectionId, rows[0]?.now]);
    if (synced.length > 0) return performance.now() - begun;
    await delay(200);
  }
  return Number.POSITIVE_INFINITY;
}

/** What reached the provider, or would have if it were there, since our processes began. */
async function countCalls(ctx: ChaosContext): Promise<number> {
  const { rows } = await ctx
    .sql('flagship')
    .query<{ calls: number }>('select coalesce(sum(total), 0)::float8 as calls from provider_sight');
  return rows[0]?.calls ?? 0;
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; answer: T }> {
  const begun = performance.now();
  const answer = await work();
  return { ms: performance.now() - begun, answer };
}

function p99(times: number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN;
}
