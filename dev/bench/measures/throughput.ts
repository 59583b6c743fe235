import { median, runLoad } from '../load.ts';
import { isWholeScreen } from '../scene.ts';
import type { Scene } from '../scene.ts';
import { benchId } from '../world/ids.ts';

/** The same home screen by four ways; `unchanged` asks CLYNC with the tag of the screen that it holds already. */
export type Way = 'clync' | 'unchanged' | 'gateway' | 'limit';

export interface Throughput {
  /** Screens a second, the median of all rounds. */
  perSecond: number;
  /** Milliseconds of CPU a screen, by process; those of the load itself are under `bench`. */
  cpuMs: Record<string, number>;
  /** Bytes of JSON in one screen. */
  bytes: number;
  /** The part of the screens that came as they should: with every section fresh, or 304 where nothing had changed. */
  whole: number;
}

const clients = 16;
const longestRoundMs = 12_000;
const mostVisitors = 500;

/** Rounds of each way in turns, each beginning with another one, so that a slow minute of the machine hits all alike. */
export async function measureThroughput(
  scene: Scene,
  { rounds, screens }: { rounds: number; screens: number },
  say: (line: string) => void,
): Promise<Record<Way, Throughput>> {
  const visits = await planVisits(scene);
  const ways = Object.keys(visits) as Way[];
  const results = Object.fromEntries(ways.map((way) => [way, { rates: [], done: 0, whole: 0, cpu: {}, bytes: 0 }])) as unknown as Record<Way, Sums>; // prettier-ignore

  for (const way of ways) await runRound(visits[way], screens);
  for (let round = 1; round <= rounds; round += 1) {
    for (const way of [...ways.slice(round % ways.length), ...ways.slice(0, round % ways.length)]) {
      const before = scene.readCpu();
      addRound(results[way], await runRound(visits[way], screens), before, scene.readCpu());
    }
    const rates = ways.map((way) => `${way} ${(results[way].rates.at(-1) ?? 0).toFixed(0)}`);
    say(`round ${String(round)} of ${String(rounds)}, screens/s: ${rates.join(', ')}`);
  }
  return Object.fromEntries(ways.map((way) => [way, summarise(results[way])])) as Record<Way, Throughput>;
}

interface Round {
  done: number;
  whole: number;
  perSecond: number;
  bytes: number;
}

interface Sums {
  rates: number[];
  done: number;
  whole: number;
  cpu: Record<string, number>;
  bytes: number;
}

function addRound(sums: Sums, round: Round, before: Record<string, number>, after: Record<string, number>): void {
  sums.rates.push(round.perSecond);
  sums.done += round.done;
  sums.whole += round.whole;
  sums.bytes = round.bytes;
  for (const [name, ms] of Object.entries(after)) sums.cpu[name] = (sums.cpu[name] ?? 0) + ms - (before[name] ?? 0);
}

function summarise({ rates, done, whole, cpu, bytes }: Sums): Throughput {
  const cpuMs = Object.fromEntries(Object.entries(cpu).map(([name, ms]) => [name, ms / done]));
  return { perSecond: median(rates), cpuMs, bytes, whole: whole / done };
}

/** One screen. */
type Visit = (turn: number) => Promise<{ bytes: number; isWhole: boolean }>;

async function runRound(visit: Visit, screens: number): Promise<Round> {
  let total = 0;
  let whole = 0;
  const load = await runLoad({ clients, times: screens, longestMs: longestRoundMs }, async (turn) => {
    const { bytes, isWhole } = await visit(turn);
    total += bytes;
    if (isWhole) whole += 1;
  });
  return { ...load, bytes: total / load.done, whole };
}

const fiveCalls = [
  '/social/v1/me',
  '/social/v1/feed?limit=20',
  '/social/v1/notifications?limit=1',
  '/financial/v1/pockets?limit=5',
  '/flagship/v1/balances',
];

async function planVisits(scene: Scene): Promise<Record<Way, Visit>> {
  const { servers } = scene;
  const visitors = await inviteVisitors(scene);
  const visitorOf = (turn: number) => visitors[turn % visitors.length] ?? { id: '', headers: {}, unchanged: {} };
  return {
    clync: async (turn) => {
      const { body } = await servers['bff-mobile'].get('/v1/screens/home', visitorOf(turn).headers);
      return { bytes: body.length, isWhole: isWholeScreen(body) };
    },
    unchanged: async (turn) => {
      const { status, body } = await servers['bff-mobile'].get('/v1/screens/home', visitorOf(turn).unchanged);
      return { bytes: body.length, isWhole: status === 304 };
    },
    gateway: async (turn) => {
      const answers = await Promise.all(fiveCalls.map((path) => servers.gateway.get(path, visitorOf(turn).headers)));
      return { bytes: answers.reduce((sum, { body }) => sum + body.length, 0), isWhole: true };
    },
    limit: async (turn) => {
      const { body } = await servers.limit.get(`/${visitorOf(turn).id}`);
      return { bytes: body.length, isWhole: true };
    },
  };
}

/** People from all over the world of the bench, each with a token and the tag of their screen. */
async function inviteVisitors({ world, servers, asPhone }: Scene) {
  const visitors: { id: string; headers: Record<string, string>; unchanged: Record<string, string> }[] = [];
  while (visitors.length < Math.min(mostVisitors, world.people - 1)) {
    const id = benchId('person', 2 + ((visitors.length * 7_919) % (world.people - 1)));
    const headers = await asPhone(id);
    const { etag = '' } = await servers['bff-mobile'].get('/v1/screens/home', headers);
    visitors.push({ id, headers, unchanged: { ...headers, 'if-none-match': etag } });
  }
  return visitors;
}
